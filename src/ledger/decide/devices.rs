//! Keeps the devices of a customer: the last one registered is the newest, the eleventh lets the oldest
//! go. That no other customer has a device is the directory's claim.

use crate::ledger::command::Command;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::device::{DEVICES_PER_CUSTOMER_MAX, Device, DeviceToken};
use crate::ledger::event::AccountEvent;

/// The same device again changes nothing but, where it did, the platform.
pub(super) fn register(
    mut draft: Draft,
    device: &Device,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    if draft.account.devices.contains(device) {
        return Ok(draft);
    }
    let known = draft.account.devices.iter().any(|known| known.token == device.token);
    let full = draft.account.devices.len() >= DEVICES_PER_CUSTOMER_MAX;
    if full
        && !known
        && let Some(oldest) = draft.account.devices.first()
    {
        let token = oldest.token.clone();
        draft.record(AccountEvent::DeviceForgotten { token })?;
    }
    draft.record(AccountEvent::DeviceRegistered(device.clone()))?;
    Ok(draft)
}

/// A device that is not there is forgotten already.
pub(super) fn forget(
    mut draft: Draft,
    token: &DeviceToken,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    if draft.account.devices.iter().any(|known| known.token == *token) {
        draft.record(AccountEvent::DeviceForgotten { token: token.clone() })?;
    }
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::Action;
    use crate::ledger::device::{DEVICES_PER_CUSTOMER_MAX, Device, DeviceToken, Platform};
    use crate::ledger::testing::{Scene, check, plain};

    const NOTHING: &str = "| 0.00 = 0.00 + 0.00 - 0.00";

    fn token(number: usize) -> DeviceToken {
        DeviceToken::parse(&format!("t{number}")).unwrap()
    }

    fn register(number: usize, platform: Option<Platform>) -> Action {
        Action::RegisterDevice(Device { token: token(number), platform })
    }

    #[test]
    fn a_device_is_registered_once_and_forgotten_once() {
        let one = || vec![(0, register(1, None))];
        check(plain, vec![], (0, register(1, None)), &format!("device t1 {NOTHING}"));
        check(plain, one(), (0, register(1, None)), &format!(" {NOTHING}"));
        let android = register(1, Some(Platform::Android));
        check(plain, one(), (0, android), &format!("device t1 {NOTHING}"));
        let forget = |number| Action::ForgetDevice(token(number));
        check(plain, one(), (0, forget(1)), &format!("no device t1 {NOTHING}"));
        check(plain, one(), (0, forget(2)), &format!(" {NOTHING}"));
    }

    #[test]
    fn the_eleventh_device_lets_the_oldest_go() {
        let mut scene = Scene::new(plain);
        for number in 1..=DEVICES_PER_CUSTOMER_MAX {
            scene.perform(register(number, None)).unwrap();
        }
        // One of the ten again: no room is needed, and it becomes the newest.
        scene.perform(register(1, Some(Platform::Ios))).unwrap();
        assert_eq!(scene.account().devices.len(), DEVICES_PER_CUSTOMER_MAX);
        scene.perform(register(11, None)).unwrap();
        let left: Vec<&str> =
            scene.account().devices.iter().map(|device| device.token.as_str()).collect();
        assert_eq!(left, ["t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t1", "t11"]);
    }
}

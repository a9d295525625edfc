//! Splits an amount over weighted lines without losing a cent: largest remainder, lower index first.

/// What a line may get at the least and at the most, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub least: u64,
    pub most: u64,
}

/// Splits `total` in proportion to `weights` by largest remainder (tie: lower index). The parts add
/// up to `total` exactly, unless all weights are zero: then every part is zero.
#[must_use]
pub fn allot(total: u64, weights: &[u128]) -> Vec<u64> {
    let sum = weights.iter().fold(0_u128, |sum, weight| sum.saturating_add(*weight));
    if sum == 0 || total == 0 {
        return vec![0; weights.len()];
    }
    let share_of = |weight: u128| u128::from(total).saturating_mul(weight);
    let floored = |weight: &u128| {
        u64::try_from(share_of(*weight).div_euclid(sum)).expect("a share is within the total")
    };
    let mut parts: Vec<u64> = weights.iter().map(floored).collect();
    let given = parts.iter().fold(0_u64, |given, part| given.saturating_add(*part));
    let left_over = usize::try_from(total.saturating_sub(given)).unwrap_or(usize::MAX);
    if left_over > 0 {
        let remainder = |(weight, part): (&u128, &u64)| {
            share_of(*weight).saturating_sub(u128::from(*part).saturating_mul(sum))
        };
        let remainders: Vec<u128> = weights.iter().zip(&parts).map(remainder).collect();
        for index in largest(&remainders, left_over) {
            parts[index] = parts[index].saturating_add(1);
        }
    }
    parts
}

/// The places of the so many largest, lower index first among equals.
fn largest(values: &[u128], count: usize) -> impl Iterator<Item = usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|left, right| values[*right].cmp(&values[*left]).then(left.cmp(right)));
    order.into_iter().take(count)
}

/// As [`allot`], then moved into `bounds`, cent by cent, from and to the line with the most room
/// (tie: lower index). The bounds must leave room for `total`; what does not fit stays unallotted.
#[must_use]
pub fn allot_within(total: u64, weights: &[u128], bounds: &[Bounds]) -> Vec<u64> {
    let mut parts = allot(total, weights);
    for (part, bound) in parts.iter_mut().zip(bounds) {
        *part = (*part).clamp(bound.least, bound.most.max(bound.least));
    }
    loop {
        let given = parts.iter().fold(0_u64, |given, part| given.saturating_add(*part));
        let moved = if given < total {
            let room = |index: usize| bounds[index].most.saturating_sub(parts[index]);
            roomiest(parts.len(), room)
                .map(|(index, room)| (index, room.min(total.saturating_sub(given)), true))
        } else if given > total {
            let room = |index: usize| parts[index].saturating_sub(bounds[index].least);
            roomiest(parts.len(), room)
                .map(|(index, room)| (index, room.min(given.saturating_sub(total)), false))
        } else {
            None
        };
        let Some((index, amount, upward)) = moved else { return parts };
        parts[index] = if upward {
            parts[index].saturating_add(amount)
        } else {
            parts[index].saturating_sub(amount)
        };
    }
}

fn roomiest(count: usize, room: impl Fn(usize) -> u64) -> Option<(usize, u64)> {
    let mut best: Option<(usize, u64)> = None;
    for index in 0..count {
        let here = room(index);
        if here > best.map_or(0, |(_, most)| most) {
            best = Some((index, here));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, without a thought of what it costs.
    fn by_remainders(total: u64, weights: &[u128]) -> Vec<u64> {
        let sum: u128 = weights.iter().sum();
        let shares = weights.iter().map(|weight| u128::from(total).saturating_mul(*weight));
        let (mut parts, mut remainders) = (Vec::new(), Vec::new());
        for (index, share) in shares.enumerate() {
            parts.push(u64::try_from(share.checked_div(sum).unwrap_or(0)).unwrap());
            remainders.push((std::cmp::Reverse(share.checked_rem(sum).unwrap_or(0)), index));
        }
        remainders.sort_unstable();
        let given = if sum == 0 { total } else { parts.iter().sum() };
        let left_over = total.saturating_sub(given);
        for (_, index) in remainders.into_iter().take(usize::try_from(left_over).unwrap()) {
            parts[index] = parts[index].saturating_add(1);
        }
        parts
    }

    fn check(total: u64, weights: &[u128], expected: &[u64]) {
        assert_eq!(allot(total, weights), expected, "{total} over {weights:?}");
    }

    #[test]
    fn the_lower_index_takes_the_odd_cent() {
        check(1_000, &[1_000, 1_000, 1_000], &[334, 333, 333]);
        check(1, &[1, 1], &[1, 0]);
        check(2, &[1, 1, 1], &[1, 1, 0]);
        check(100, &[0, 1], &[0, 100]);
        check(0, &[5, 5], &[0, 0]);
        check(7, &[0, 0], &[0, 0]);
        check(7, &[], &[]);
        check(10, &[1, 2, 7], &[1, 2, 7]);
    }

    #[test]
    fn bounds_move_cents_to_the_line_with_most_room() {
        let keep = [Bounds { least: 1, most: 10 }, Bounds { least: 0, most: 1_000 }];
        assert_eq!(allot_within(5, &[1, 999], &keep), [1, 4]);
        let cap = [Bounds { least: 0, most: 0 }, Bounds { least: 0, most: 900 }];
        assert_eq!(allot_within(500, &[1, 999], &cap), [0, 500]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_always_add_up(total in 0_u64..=999_999_999_999, weights in prop::collection::vec(0_u128..1_000_000_000_000, 1..200)) {
            let parts = allot(total, &weights);
            let any = weights.iter().any(|weight| *weight > 0);
            prop_assert_eq!(parts.iter().sum::<u64>(), if any { total } else { 0 });
            prop_assert_eq!(parts, by_remainders(total, &weights));
        }
    }
}

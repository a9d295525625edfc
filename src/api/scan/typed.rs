//! JSON that is read straight into figures, in one pass: by a reader who says of each member what is to be
//! read. Whatever is the least unusual is declined, as in [`super::quick`]: the caller then reads the body
//! closely, by [`super::object`].

use super::quick::Unread;

/// Reads a text that is an object and nothing more; see [`Unread::members`].
pub(in crate::api) fn whole_object<'a, F: Copy, const N: usize>(
    json: &'a str,
    names: &[(&str, F); N],
    take: impl FnMut(&mut Unread<'a>, F) -> Option<()>,
) -> Option<()> {
    let mut text = Unread::new(json);
    text.skip_spaces();
    text.members(names, take)?;
    text.skip_spaces();
    text.is_read().then_some(())
}

impl<'a> Unread<'a> {
    /// Reads an object whose members have these names, each at most once: `take` reads the value.
    #[inline]
    pub(in crate::api) fn members<F: Copy, const N: usize>(
        &mut self,
        names: &[(&str, F); N],
        mut take: impl FnMut(&mut Self, F) -> Option<()>,
    ) -> Option<()> {
        const { assert!(N <= 32, "a bit for each name") };
        let (mut met, mut next) = (0_u32, 0);
        let mut more = self.opens(b'{', b'}')?;
        while more {
            let (index, field) = find(names, self.name()?, next)?;
            let bit = 1_u32.rotate_left(u32::try_from(index).ok()?);
            if met & bit != 0 {
                return None;
            }
            met |= bit;
            take(self, field)?;
            next = index.saturating_add(1);
            more = self.goes_on(b'}')?;
        }
        Some(())
    }

    /// Reads a list, or null; `take` reads an entry.
    #[inline]
    pub(in crate::api) fn entries(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if self.peek() == Some(b'n') {
            return self.null();
        }
        let mut more = self.opens(b'[', b']')?;
        while more {
            take(self)?;
            more = self.goes_on(b']')?;
        }
        Some(())
    }

    /// What `read` makes of a string; nothing of null.
    #[inline]
    pub(in crate::api) fn string_as<T>(
        &mut self,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.peek() == Some(b'n') {
            return self.null().map(|()| None);
        }
        read(self.string()?).map(Some)
    }

    /// What `read` makes of the text of a number; nothing of null.
    #[inline]
    pub(in crate::api) fn number_as<T>(
        &mut self,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.peek() == Some(b'n') {
            return self.null().map(|()| None);
        }
        read(self.number_text()?).map(Some)
    }

    pub(in crate::api) fn null(&mut self) -> Option<()> {
        self.word("null")
    }
}

/// Where a name stands in the table, looked for from `next` on and then from the first: names mostly come in
/// the order of the table.
#[inline]
fn find<F: Copy, const N: usize>(
    names: &[(&str, F); N],
    name: &str,
    next: usize,
) -> Option<(usize, F)> {
    let (before, behind) = names.split_at_checked(next)?;
    let in_order = (next..).zip(behind).chain((0..).zip(before));
    in_order.into_iter().find(|(_, (known, _))| *known == name).map(|(index, (_, it))| (index, *it))
}

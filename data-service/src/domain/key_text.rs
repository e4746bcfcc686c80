//! Texts that stand in keys: as long as anybody writes them, as short as an index needs them.

/// Bytes of each of the three texts that a key holds at most beside its other columns. An entry of a B-tree has 2,704 bytes at
/// most: `BTMaxItemSize` in Postgres's `nbtree.h`.
pub const LONGEST_TEXT: usize = 800;

/// Bytes of the path of a page, which is the only text of its key.
pub const LONGEST_PATH: usize = 1_000;

/// The text, or as much of it as fits into `longest` bytes.
#[must_use]
pub fn cut(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_a_character_ends() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("üüü", 5), "üü");
        assert_eq!(cut("", 5), "");
    }

    #[test]
    fn three_texts_leave_room_for_the_rest_of_a_key() {
        const ENTRY: usize = 2_704;
        const OTHER_COLUMNS: usize = 100;
        const { assert!(3 * LONGEST_TEXT + OTHER_COLUMNS <= ENTRY) };
        const { assert!(LONGEST_PATH + OTHER_COLUMNS <= ENTRY) };
    }
}

//! Identity of events, clients and sessions: 16 bytes of BLAKE3, kept as uuid.
//!
//! Every field goes in with a marker and its length, so no two different lists of fields give the same bytes. The version
//! stands first: a change of what goes in is a change of all keys, and means loading everything again.

use uuid::Uuid;

const VERSION: u8 = 1;

/// What a key is made for; keys of different kinds never collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Event = b'e',
    Client = b'c',
    Session = b's',
    Row = b'r',
}

/// Collects fields, then hashes them at once: one large input is what BLAKE3 is fast at.
#[derive(Debug, Default)]
pub struct Material {
    bytes: Vec<u8>,
}

impl Material {
    /// Forgets the last key's fields and keeps the memory.
    pub fn start(&mut self, kind: Kind) -> &mut Self {
        self.bytes.clear();
        self.bytes.extend_from_slice(&[VERSION, kind as u8]);
        self
    }

    pub fn text(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            None => self.bytes.push(0),
            Some(text) => {
                self.bytes.push(1);
                self.count(text.len());
                self.bytes.extend_from_slice(text.as_bytes());
            }
        }
        self
    }

    pub fn integer(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            None => self.bytes.push(0),
            Some(value) => {
                self.bytes.push(1);
                self.bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        self
    }

    pub fn flag(&mut self, value: Option<bool>) -> &mut Self {
        self.bytes.push(match value {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        });
        self
    }

    pub fn bytes(&mut self, value: &[u8; 16]) -> &mut Self {
        self.bytes.extend_from_slice(value);
        self
    }

    /// Length of the list that follows.
    pub fn count(&mut self, length: usize) -> &mut Self {
        self.bytes.extend_from_slice(&(length as u64).to_le_bytes());
        self
    }

    pub fn key(&self) -> Uuid {
        let mut key = [0; 16];
        key.copy_from_slice(&blake3::hash(&self.bytes).as_bytes()[..16]);
        Uuid::from_bytes(key)
    }
}

/// One browser or device: (stream, user_pseudo_id).
pub fn client_key(material: &mut Material, stream: Option<&str>, user_pseudo_id: &str) -> Uuid {
    material.start(Kind::Client).text(stream).text(Some(user_pseudo_id)).key()
}

/// One session: (stream, user_pseudo_id, ga_session_id). The session id alone is a start second and collides.
pub fn session_key(
    material: &mut Material,
    stream: Option<&str>,
    user_pseudo_id: &str,
    session: i64,
) -> Uuid {
    material
        .start(Kind::Session)
        .text(stream)
        .text(Some(user_pseudo_id))
        .integer(Some(session))
        .key()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_into_each_other() {
        let mut material = Material::default();
        let one = material.start(Kind::Event).text(Some("ab")).text(Some("c")).key();
        let two = material.start(Kind::Event).text(Some("a")).text(Some("bc")).key();
        let null = material.start(Kind::Event).text(None).text(Some("abc")).key();
        let empty = material.start(Kind::Event).text(Some("")).text(Some("abc")).key();
        assert_eq!(4, std::collections::HashSet::from([one, two, null, empty]).len());
    }

    #[test]
    fn keys_are_stable_across_releases() {
        let mut material = Material::default();
        assert_eq!(
            client_key(&mut material, Some("2051"), "1.2").to_string(),
            "c4db935d-50fd-d9f6-cbfc-55b976eec7d2"
        );
    }

    #[test]
    fn sessions_of_different_clients_with_one_number_differ() {
        let mut material = Material::default();
        let one = session_key(&mut material, Some("1"), "a", 1_702_642_286);
        let other_client = session_key(&mut material, Some("1"), "b", 1_702_642_286);
        let other_stream = session_key(&mut material, Some("2"), "a", 1_702_642_286);
        assert!(one != other_client && one != other_stream && other_client != other_stream);
    }
}

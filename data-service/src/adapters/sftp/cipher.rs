//! ChaCha20 and Poly1305 in place of libssh2's own, which are written for any processor and take two thirds of the time of a
//! download ([ADR 21](../../../../docs/adr/0021-a-faster-cipher-for-libssh2.md)).
//!
//! The four functions have the names and shapes of libssh2's `chacha.h` and `poly1305.h`. The linker needs each name once, and meets
//! these before the archive of libssh2, whose objects of these names then stay out. Where libssh2 is a library of
//! the system, it keeps its own and these are not called.

#![expect(unsafe_code, reason = "C calls these with pointers")]

use std::fmt;

use chacha20::ChaCha20Legacy;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};

const BLOCK_BYTES: u64 = 64;

/// What libssh2 knows as `struct chacha_ctx`: sixteen words that only these functions read.
#[repr(C)]
pub struct State {
    key: [u8; 32],
    nonce: [u8; 8],
    block: [u8; 8],
    unused: [u8; 16],
}

/// Without the key.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

const _: () = assert!(size_of::<State>() == 64 && align_of::<State>() <= 4);

/// # Safety
/// `state` has room for a [`State`], `key` is of `key_bits` bits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chacha_keysetup(state: *mut State, key: *const [u8; 32], key_bits: u32) {
    assert!(key_bits == 256, "libssh2 has keys of 256 bits only");
    #[cfg(test)]
    tests::CALLS.with_borrow_mut(|calls| calls.keys += 1);
    // SAFETY: as promised by the caller.
    unsafe {
        state.write(State { key: *key, nonce: [0; 8], block: [0; 8], unused: [0; 16] });
    }
}

/// # Safety
/// `state` was set up with a key; `nonce` is of eight bytes, and so is `block` unless it is null, which means zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chacha_ivsetup(
    state: *mut State,
    nonce: *const [u8; 8],
    block: *const [u8; 8],
) {
    // SAFETY: as promised by the caller.
    unsafe {
        (*state).nonce = *nonce;
        (*state).block = block.as_ref().copied().unwrap_or_default();
    }
}

/// # Safety
/// `state` was set up with key and nonce; `from` and `to` are of `bytes` bytes and may be the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chacha_encrypt_bytes(
    state: *mut State,
    from: *const u8,
    to: *mut u8,
    bytes: usize,
) {
    #[cfg(test)]
    tests::CALLS.with_borrow_mut(|calls| calls.streams += 1);
    if bytes == 0 {
        return;
    }
    // SAFETY: as promised by the caller; `copy` allows the two to overlap, and only `to` is used after it.
    let (state, data) = unsafe {
        from.copy_to(to, bytes);
        (&mut *state, std::slice::from_raw_parts_mut(to, bytes))
    };
    let block = u64::from_le_bytes(state.block);
    let mut cipher = ChaCha20Legacy::new(&state.key.into(), &state.nonce.into());
    cipher.seek(block * BLOCK_BYTES);
    cipher.apply_keystream(data);
    state.block = (block + (bytes as u64).div_ceil(BLOCK_BYTES)).to_le_bytes();
}

/// # Safety
/// `tag` has room for 16 bytes, `message` is of `bytes` bytes, `key` of 32.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn poly1305_auth(
    tag: *mut [u8; 16],
    message: *const u8,
    bytes: usize,
    key: *const [u8; 32],
) {
    #[cfg(test)]
    tests::CALLS.with_borrow_mut(|calls| calls.tags += 1);
    let message = match bytes {
        0 => &[],
        // SAFETY: as promised by the caller.
        _ => unsafe { std::slice::from_raw_parts(message, bytes) },
    };
    // SAFETY: as promised by the caller.
    let key = unsafe { *key };
    let mut mac = Poly1305::new(&key.into());
    let (blocks, rest) = poly1305::Block::slice_as_chunks(message);
    mac.update(blocks);
    // SAFETY: as promised by the caller.
    unsafe { tag.write(mac.compute_unpadded(rest).into()) };
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::net::TcpStream;

    use proptest::prelude::*;
    use ssh2::{MethodType, Session};
    use testkit::sshd::{KeyKind, Sshd};

    use super::*;

    #[derive(Debug, Clone, Copy, Default)]
    pub(super) struct Calls {
        pub(super) keys: usize,
        pub(super) streams: usize,
        pub(super) tags: usize,
    }

    thread_local! {
        /// Of one thread, so that no other test counts.
        pub(super) static CALLS: RefCell<Calls> = RefCell::default();
    }

    fn encrypted(key: &[u8; 32], nonce: [u8; 8], first: u64, pieces: &[&[u8]]) -> Vec<u8> {
        let mut state = std::mem::MaybeUninit::<State>::uninit();
        let mut out = Vec::new();
        // SAFETY: arrays of the lengths that are asked for.
        unsafe {
            chacha_keysetup(state.as_mut_ptr(), key, 256);
            chacha_ivsetup(state.as_mut_ptr(), &nonce, &first.to_le_bytes());
            for piece in pieces {
                let mut to = vec![0; piece.len()];
                chacha_encrypt_bytes(state.as_mut_ptr(), piece.as_ptr(), to.as_mut_ptr(), to.len());
                out.extend(to);
            }
        }
        out
    }

    fn tag(message: &[u8], key: &[u8; 32]) -> [u8; 16] {
        let mut tag = [0; 16];
        // SAFETY: arrays of the lengths that are asked for.
        unsafe { poly1305_auth(&mut tag, message.as_ptr(), message.len(), key) };
        tag
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    /// RFC 8439, appendix A.1, vectors 1 and 2: the first two blocks of the key of zeros.
    #[test]
    fn the_keystream_is_that_of_the_standard() {
        let stream = encrypted(&[0; 32], [0; 8], 0, &[&[0; 128]]);
        let first = bytes("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7");
        let second = bytes("9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed");
        assert_eq!(stream[..32], first);
        assert_eq!(stream[64..96], second);
        assert_eq!(encrypted(&[0; 32], [0; 8], 1, &[&[0; 32]]), second);
    }

    /// RFC 8439, section 2.5.2.
    #[test]
    fn the_tag_is_that_of_the_standard() {
        let key = bytes("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
        let expected = bytes("a8061dc1305136c6c22b8baf0c0127a9");
        let message = b"Cryptographic Forum Research Group";
        assert_eq!(tag(message, &key.try_into().unwrap()).to_vec(), expected);
    }

    proptest! {
        #[test]
        fn pieces_of_whole_blocks_go_on_where_the_last_one_ended(
            message in prop::collection::vec(any::<u8>(), 0..1_000), blocks in 0_usize..16, first in 0_u64..1_000_000,
        ) {
            let cut = (blocks * 64).min(message.len() / 64 * 64);
            let (head, tail) = message.split_at(cut);
            let whole = encrypted(&[7; 32], [9; 8], first, &[&message]);
            prop_assert_eq!(encrypted(&[7; 32], [9; 8], first, &[head, tail]), whole);
        }

        #[test]
        fn every_byte_counts_for_the_tag(
            mut message in prop::collection::vec(any::<u8>(), 1..600), at: prop::sample::Index,
        ) {
            let before = tag(&message, &[3; 32]);
            prop_assert_eq!(before, tag(&message, &[3; 32]));
            let at = at.index(message.len());
            message[at] ^= 1;
            prop_assert_ne!(before, tag(&message, &[3; 32]));
        }
    }

    #[test]
    fn libssh2_calls_them() {
        let server = Sshd::temporary(&[KeyKind::Ed25519]).unwrap();
        let mut session = Session::new().unwrap();
        session.set_tcp_stream(TcpStream::connect(server.address()).unwrap());
        let before = CALLS.take();
        session.handshake().unwrap();
        assert_eq!(session.methods(MethodType::CryptSc), Some("chacha20-poly1305@openssh.com"));
        // Asks for the service of logging in, which is the first that is encrypted.
        assert!(session.auth_methods("nobody").is_ok());
        let Calls { keys, streams, tags } = CALLS.take();
        assert!(keys >= 4, "two keys for each direction: {keys}, after {before:?}");
        assert!(streams >= 4 && tags >= 2, "a request and an answer: {streams} and {tags}");
    }
}

//! What becomes of memory that is free again.

/// Buffers from this size on have memory of their own, which goes back to the system with them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const OF_ITS_OWN: libc::c_int = 1 << 20;

/// What a pool keeps at its end for smaller ones. glibc's own value would be an eighth of a megabyte once the bar above is set:
/// whoever builds an answer of a few hundred kilobytes would ask the system for memory each time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: libc::c_int = 4 << 20;

/// Left alone, glibc takes the largest buffer that was ever freed for an ordinary one, and from then on keeps the memory of such
/// buffers in a pool of each thread that had one. A worker that hands pages of four megabytes from thread to thread thus ends up
/// holding twice what it uses. Other allocators have no such bar.
pub(super) fn give_back_large_buffers() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "the only way to tell the allocator")]
        // SAFETY: it takes two numbers; there is no other thread yet.
        let taken = unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, OF_ITS_OWN) != 0
                && libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT) != 0
        };
        if !taken {
            tracing::warn!("the allocator keeps large buffers");
        }
    }
}

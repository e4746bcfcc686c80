//! What becomes of memory that is free again.

/// Buffers from this size on have memory of their own, which goes back to the system with them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const OF_ITS_OWN: libc::c_int = 1 << 20;

/// Left alone, glibc takes the largest buffer that was ever freed for an ordinary one, and from then on keeps the memory of such
/// buffers in a pool of each thread that had one. A worker that hands pages of four megabytes from thread to thread so comes to hold
/// twice what it uses. Other allocators have no such bar.
pub(super) fn give_back_large_buffers() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "the only way to tell the allocator")]
        // SAFETY: it takes two numbers; there is no other thread yet.
        let taken = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, OF_ITS_OWN) };
        if taken == 0 {
            tracing::warn!("the allocator keeps large buffers");
        }
    }
}

// Also part of xtask, which searches the logs of a run and has no dependencies.

/// Stands in every secret that tests make up.
pub const MARKER: &str = "canary-2f6a1c0e8b11";

/// What no log may hold: the marker, encodings of it that hide nothing, and the head of a private key.
pub const FORMS: [&str; 8] = [
    MARKER,
    // Base64, by the place of the marker within three bytes.
    "Y2FuYXJ5LTJmNmExYzBlOGIxM",
    "NhbmFyeS0yZjZhMWMwZThiMT",
    "jYW5hcnktMmY2YTFjMGU4YjEx",
    "63616e6172792d326636613163306538623131",
    // As lists of bytes are printed for debugging, and as JSON has them.
    "99, 97, 110, 97, 114, 121, 45, 50, 102",
    "99,97,110,97,114,121,45,50,102",
    "PRIVATE KEY-----",
];

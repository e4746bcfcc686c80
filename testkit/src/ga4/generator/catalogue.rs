//! What the shop sells and what people search for.

use rand::Rng;
use rand::rngs::StdRng;

const CATEGORIES: [&str; 6] = ["Fasteners", "Pipes", "Cables", "Tools", "Paint", "Safety"];

const FOUND: [&str; 10] = [
    "hex bolt m8",
    "Copper pipe 22",
    "cable  tie",
    "hammer drill",
    "work gloves",
    "wall paint white",
    "ball valve",
    "safety glasses",
    "screw 4x40",
    "led lamp",
];
const NOT_FOUND: [&str; 5] =
    ["cooper pipe", "left-handed hammer", "striped paint", "screw 4x41", "GLASS HAMMER"];

/// One line of a cart or of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub product: u32,
    /// None where the tracker forgot it, which means one.
    pub quantity: Option<i64>,
    pub price_known: bool,
}

impl Line {
    pub(super) fn choose(products: u32, random: &mut StdRng) -> Self {
        Self {
            product: random.random_range(0..products.max(1)),
            quantity: (random.random_range(0..12) > 0).then(|| random.random_range(1..=5)),
            price_known: random.random_range(0..15) > 0,
        }
    }

    pub(super) fn units(&self) -> i64 {
        self.quantity.unwrap_or(1)
    }
}

pub(super) fn product_name(product: u32) -> String {
    format!("Product {:04}", product + 1)
}

pub(super) fn product_code(product: u32) -> String {
    format!("P{:04}", product + 1)
}

pub(super) fn category(product: u32) -> &'static str {
    CATEGORIES[product as usize % CATEGORIES.len()]
}

/// Price in cents, between 0.99 and 250.
pub(super) fn price_cents(product: u32) -> i64 {
    99 + i64::from(product.wrapping_mul(2_654_435_761) % 24_902)
}

/// A term and how many results it has.
pub(super) fn search(random: &mut StdRng) -> (&'static str, i64) {
    if random.random_range(0..4) == 0 {
        (NOT_FOUND[random.random_range(0..NOT_FOUND.len())], 0)
    } else {
        let term = FOUND[random.random_range(0..FOUND.len())];
        (term, random.random_range(1..80))
    }
}

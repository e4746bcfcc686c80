//! What a visitor does in a session, before any of it has a time.

use rand::Rng;
use rand::rngs::StdRng;

use super::catalogue::{self, Line};

#[derive(Debug, Clone)]
pub(super) enum Step {
    View(&'static str),
    Scroll,
    Search {
        term: &'static str,
        results: i64,
    },
    ViewItem(Line),
    /// Without lines where the tracker sent no items at all.
    Add(Vec<Line>),
    Remove(Vec<Line>),
    Checkout(Vec<Line>),
    Payment,
    Purchase(Order),
    Refund {
        cents: i64,
        order: u32,
    },
    Login,
    Engagement,
}

/// A purchase as the tracker reports it.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub id: OrderId,
    pub lines: Vec<Line>,
    pub revenue: Revenue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderId {
    /// Its number within the session.
    Known(u32),
    Null,
    Empty,
    NotSet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Revenue {
    Sum,
    Null,
    NotANumber,
}

/// The steps of one session. A visitor with an account may log in on the way.
pub(super) fn choose(products: u32, may_log_in: bool, random: &mut StdRng) -> Vec<Step> {
    let mut steps = vec![Step::View(page(random))];
    let mut cart = Vec::new();
    let chance = random.random_range(0..100);
    // A third leaves at once.
    if chance >= 33 {
        browse(&mut steps, products, random);
    }
    if chance >= 60 {
        fill(&mut steps, &mut cart, products, random);
    }
    if (72..76).contains(&chance) {
        steps.push(Step::Remove(std::mem::take(&mut cart)));
    }
    if chance >= 82 {
        steps.push(Step::View("/checkout"));
        steps.push(Step::Checkout(cart.clone()));
    }
    if chance >= 88 {
        buy(&mut steps, cart, random);
    }
    if may_log_in && steps.len() > 1 {
        let position = random.random_range(1..steps.len());
        steps.insert(position, Step::Login);
    }
    if steps.len() > 1 {
        steps.push(Step::Engagement);
    }
    steps
}

fn page(random: &mut StdRng) -> &'static str {
    const PAGES: [&str; 6] = ["/", "/", "/products", "/offers", "/branches", "/contact"];
    PAGES[random.random_range(0..PAGES.len())]
}

fn browse(steps: &mut Vec<Step>, products: u32, random: &mut StdRng) {
    for _ in 0..random.random_range(1..5) {
        match random.random_range(0..10) {
            0..3 => {
                let (term, results) = catalogue::search(random);
                steps.push(Step::Search { term, results });
                // The results page reports itself again when it is reloaded.
                if random.random_range(0..8) == 0 {
                    steps.push(Step::Search { term, results });
                }
            }
            3..5 => steps.push(Step::Scroll),
            5..7 => steps.push(Step::View(page(random))),
            _ => {
                steps.push(Step::View("/product"));
                steps.push(Step::ViewItem(Line::choose(products, random)));
            }
        }
    }
    if random.random_range(0..6) == 0 {
        steps.push(Step::Engagement);
    }
}

fn fill(steps: &mut Vec<Step>, cart: &mut Vec<Line>, products: u32, random: &mut StdRng) {
    for _ in 0..random.random_range(1..4) {
        let lines = match random.random_range(0..20) {
            0 => 0,
            1 | 2 => random.random_range(5..12),
            _ => 1,
        };
        let lines: Vec<Line> = (0..lines).map(|_| Line::choose(products, random)).collect();
        cart.extend(lines.iter().cloned());
        steps.push(Step::Add(lines));
    }
    if cart.len() > 1 && random.random_range(0..4) == 0 {
        let last = cart.pop().into_iter().collect();
        steps.push(Step::Remove(last));
    }
}

fn buy(steps: &mut Vec<Step>, cart: Vec<Line>, random: &mut StdRng) {
    let id = match random.random_range(0..100) {
        0..3 => OrderId::Null,
        3..6 => OrderId::NotSet,
        6 => OrderId::Empty,
        _ => OrderId::Known(0),
    };
    let revenue = match random.random_range(0..100) {
        0 | 1 => Revenue::Null,
        2 => Revenue::NotANumber,
        _ => Revenue::Sum,
    };
    let order = Order { id, lines: cart, revenue };
    steps.push(Step::Payment);
    steps.push(Step::View("/thanks"));
    steps.push(Step::Purchase(order.clone()));
    // The thank-you page is loaded again: one transaction, two events.
    if random.random_range(0..12) == 0 {
        steps.push(Step::View("/thanks"));
        steps.push(Step::Purchase(order.clone()));
    }
    // A second order right after the first.
    if random.random_range(0..30) == 0 && id == OrderId::Known(0) {
        steps.push(Step::Purchase(Order { id: OrderId::Known(1), ..order.clone() }));
    }
    if random.random_range(0..15) == 0 {
        let line = order.lines.first();
        let cents = line.map_or(500, |line| catalogue::price_cents(line.product) * line.units());
        steps.push(Step::Refund { cents, order: 0 });
    }
}

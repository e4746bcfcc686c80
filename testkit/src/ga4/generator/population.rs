//! Who visits: anonymous newcomers, the browsers of customers, people who refuse consent.

use chrono::NaiveDate;
use rand::Rng;
use rand::rngs::StdRng;

use super::Generator;

/// Browsers a customer is known by.
const BROWSERS: u32 = 2;

/// One visitor of one session.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    /// None when analytics storage was refused.
    pub pseudo_id: Option<String>,
    pub first_touch_micros: i64,
    pub newcomer: bool,
    pub session_number: i64,
    pub account: Option<Account>,
}

/// What is known of a visitor once logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub user_id: String,
    pub customer: u32,
    pub branch: String,
}

impl Visitor {
    /// Chooses a visitor for a session that starts at `start_micros`.
    pub(super) fn choose(
        shop: &Generator,
        day: NaiveDate,
        index: u32,
        start_micros: i64,
        random: &mut StdRng,
    ) -> Self {
        let anonymous = Self {
            pseudo_id: None,
            first_touch_micros: start_micros,
            newcomer: false,
            session_number: 1,
            account: None,
        };
        let chance = random.random_range(0..100);
        if chance < 6 {
            return anonymous;
        }
        let start_seconds = start_micros / 1_000_000;
        if chance < 6 + shop.newcomers || shop.customers == 0 {
            // A newcomer; one in twenty opens an account on this first visit.
            let registers = shop.customers > 0 && random.random_range(0..20) == 0;
            let customer = random.random_range(0..shop.customers.max(1));
            let number = (u64::from(index) << 20) ^ shop.seed.rotate_left(17);
            return Self {
                pseudo_id: Some(format!("{}.{start_seconds}", number % 2_147_483_647)),
                newcomer: true,
                account: registers.then(|| Account::of(shop, customer, 9)),
                ..anonymous
            };
        }
        // Some customers come far more often than others.
        let skewed = random.random::<f64>().powi(2) * f64::from(shop.customers);
        let customer = (skewed as u32).min(shop.customers - 1);
        let browser = random.random_range(0..BROWSERS);
        let first_touch = 1_704_067_200 + i64::from(customer) * 977 + i64::from(browser);
        let days = (day - shop.days.first()).num_days();
        Self {
            pseudo_id: Some(format!("{}.{first_touch}", 1_000_000 + customer * BROWSERS + browser)),
            first_touch_micros: first_touch * 1_000_000,
            newcomer: false,
            session_number: 2 + days + i64::from(index % 3),
            account: Some(Account::of(shop, customer, browser + 1)),
        }
    }
}

impl Account {
    fn of(shop: &Generator, customer: u32, person: u32) -> Self {
        Self {
            user_id: user_id(customer, person),
            customer,
            branch: branch_code(home_branch(shop, customer)),
        }
    }
}

pub(super) fn user_id(customer: u32, person: u32) -> String {
    format!("user-{:04}-{person}", customer + 1)
}

/// Customer codes are plain numbers, which trackers like to send as integers.
pub(super) fn customer_code(customer: u32) -> String {
    (10_001 + customer).to_string()
}

pub(super) fn branch_code(branch: u32) -> String {
    format!("{:02}", branch + 1)
}

pub(super) fn home_branch(shop: &Generator, customer: u32) -> u32 {
    customer % shop.branches.max(1)
}

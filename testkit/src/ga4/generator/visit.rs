//! One session: its visitor, its steps with times, and the quirks of how it was tracked.
//!
//! In here on purpose, because real exports have it: sessions over midnight and sessions that go on two days later; one start
//! second for two users; logins, branch changes and unknown branches in mid-session; `session_engaged` as string, integer or
//! missing, session ids as strings; no client and session without consent; doubled rows and doubled transactions; ids that are
//! null, empty or `(not set)`; null and NaN money, null quantities and prices; several currencies; several events at one
//! microsecond that only their batch index orders.

use chrono::{NaiveDate, NaiveTime, TimeZone};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::draft::{Draft, Engaged, Place};
use super::population::{Account, Visitor, branch_code};
use super::steps::{self, Step};
use super::{Course, Generator, RESUMED_AFTER_DAYS};
use crate::ga4::Row;

const SECOND: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// Which session starts in the same second as the one before it.
const COLLIDES_EVERY: u32 = 40;

/// Which session has one of its rows twice.
const DOUBLED_EVERY: u32 = 50;

pub(super) struct Visit {
    visitor: Visitor,
    place: Place,
    drafts: Vec<Draft>,
    doubled: bool,
}

impl Visit {
    pub(super) fn new(shop: &Generator, day: NaiveDate, index: u32) -> Self {
        let course = Course::of(index);
        let start = start_micros(shop, day, index);
        let mut random = randomness(shop, day, index, 1);
        let visitor = Visitor::choose(shop, day, index, start, &mut random);
        // Half of the customers are logged in from an earlier visit, the others log in on the way or not at all.
        let logged_in = !visitor.newcomer && random.random_range(0..2) == 0;
        let logs_in = visitor.account.is_some() && !logged_in && random.random_range(0..3) > 0;
        let mut steps = steps::choose(shop.products, logs_in, &mut random);
        if course != Course::SameDay {
            // Long enough to have something left for the other day.
            steps.extend([
                Step::View("/products"),
                Step::Scroll,
                Step::View("/offers"),
                Step::Engagement,
            ]);
        }
        let resume_at = resume_at(course, &mut steps);
        let place = Place::choose(shop, &visitor, start, &mut random);
        let account = visitor.account.clone().filter(|_| visitor.pseudo_id.is_some());
        let timing = Timing { course, start, resume_at };
        let doubled = index % DOUBLED_EVERY == 5;
        let mut visit = Self { visitor, place, drafts: Vec::new(), doubled };
        visit.follow(steps, &timing, account, logged_in, shop, &mut random);
        visit
    }

    /// The rows that fall on `date`.
    pub(super) fn rows(self, shop: &Generator, date: NaiveDate) -> Vec<Row> {
        let today = self.drafts.iter().filter(|draft| shop.local_date(draft.micros) == date);
        let mut rows: Vec<Row> =
            today.map(|draft| draft.row(shop, date, &self.visitor, &self.place)).collect();
        if self.doubled
            && let Some(first) = rows.first().cloned()
        {
            rows.push(first);
        }
        rows
    }

    fn follow(
        &mut self,
        steps: Vec<Step>,
        timing: &Timing,
        account: Option<Account>,
        logged_in: bool,
        shop: &Generator,
        random: &mut StdRng,
    ) {
        let mut known = account.clone().filter(|_| logged_in);
        let mut micros = timing.start;
        for (position, step) in steps.into_iter().enumerate() {
            if position > 0 {
                micros += timing.pause(position, random);
            }
            if matches!(step, Step::Login) {
                known.clone_from(&account);
            }
            // A second look at another branch's stock: the last branch wins.
            if random.random_range(0..150) == 0
                && let Some(known) = &mut known
            {
                known.branch = match random.random_range(0..3) {
                    0 => "99".to_owned(),
                    1 => "(not set)".to_owned(),
                    _ => branch_code(random.random_range(0..shop.branches.max(1))),
                };
            }
            let mut push = |step: Step, batch_index: i64| {
                self.drafts.push(Draft {
                    micros,
                    step,
                    automatic: None,
                    account: known.clone(),
                    batch: [position as i64 + 1, position as i64 + 1, batch_index],
                    engagement_msec: random.random_range(200..9_000),
                });
            };
            if position > 0 {
                push(step, 1);
                continue;
            }
            // Three events of one batch at one microsecond.
            push(step, 3);
            let mut automatic = |name: &'static str, batch_index: i64| {
                let mut draft = self.drafts[0].clone();
                draft.automatic = Some(name);
                draft.batch[2] = batch_index;
                self.drafts.push(draft);
            };
            if self.visitor.newcomer {
                automatic("first_visit", 1);
            }
            // One session in fifty has lost its start.
            if self.visitor.pseudo_id.is_some() && random.random_range(0..50) > 0 {
                automatic("session_start", 2);
            }
        }
        let views = self.drafts.len() > 4;
        self.place.engaged = match random.random_range(0..100) {
            0..3 => Engaged::Unsaid,
            3..13 => Engaged::Int(views),
            _ => Engaged::Text(views),
        };
        self.place.active = views || self.visitor.newcomer;
    }
}

/// When things happen.
struct Timing {
    course: Course,
    start: i64,
    /// The step before which a resumed session pauses for days.
    resume_at: usize,
}

impl Timing {
    fn pause(&self, position: usize, random: &mut StdRng) -> i64 {
        let seconds = match self.course {
            Course::SameDay => random.random_range(2..90),
            // From a quarter to midnight until well after it.
            Course::Late => random.random_range(240..900),
            Course::Resumed if position == self.resume_at => {
                RESUMED_AFTER_DAYS as i64 * DAY_SECONDS
            }
            Course::Resumed => random.random_range(2..90),
        };
        seconds * SECOND + random.random_range(0..SECOND)
    }
}

/// Where a session pauses for days: right after an order, whose thank-you page is then opened again, else half-way.
fn resume_at(course: Course, steps: &mut Vec<Step>) -> usize {
    let order = steps.iter().position(|step| matches!(step, Step::Purchase(_)));
    match order {
        Some(order) if course == Course::Resumed => {
            steps.push(steps[order].clone());
            order + 1
        }
        _ => steps.len() / 2,
    }
}

/// The start of a session; every fortieth shares it with the session before.
fn start_micros(shop: &Generator, day: NaiveDate, index: u32) -> i64 {
    let index = if index % COLLIDES_EVERY == 1 { index - 1 } else { index };
    let mut random = randomness(shop, day, index, 0);
    let seconds = match Course::of(index) {
        Course::Late => random.random_range(86_100..86_400),
        // Business hours, with a peak before noon.
        _ => 7 * 3600 + random.random_range(0..6 * 3600) + random.random_range(0..6 * 3600),
    };
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default();
    // A time that the switch to summer time skips exists an hour later.
    let local = day.and_time(time);
    let start = shop.zone.from_local_datetime(&local).earliest();
    let start = start.map_or_else(|| local.and_utc().timestamp(), |start| start.timestamp());
    start * SECOND
}

/// Randomness of its own for each purpose of each session.
fn randomness(shop: &Generator, day: NaiveDate, index: u32, purpose: u64) -> StdRng {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&shop.seed.to_le_bytes());
    seed[8..16].copy_from_slice(&day.to_epoch_days().to_le_bytes().repeat(2)[..8]);
    seed[16..20].copy_from_slice(&index.to_le_bytes());
    seed[24..].copy_from_slice(&purpose.to_le_bytes());
    StdRng::from_seed(seed)
}

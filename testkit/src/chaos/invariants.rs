//! What must hold when everything has come to its end.

use std::fmt;

use sqlx::{Connection, PgConnection, Row};

use super::house::{House, UNDISTURBED};

const ROW_HASH: &str = include_str!("../../../data-service/tests/loading/row_hash.sql");

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    steps: i64,
    attempts: i64,
    lost: i64,
    /// A sentence for each invariant that does not hold.
    pub(super) broken: Vec<String>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, attempts, lost, broken } = self;
        write!(
            f,
            "{steps} steps, {attempts} attempts, {lost} of them by workers that were lost; "
        )?;
        write!(f, "{} invariants broken", broken.len())
    }
}

/// Each a query that must count nothing, and what it means when it does not.
const NOTHING: &[(&str, &str)] = &[
    ("SELECT count(*) AS v FROM lease", "leases without a step that runs"),
    ("SELECT count(*) AS v FROM tenant_slot WHERE step_id IS NOT NULL", "slots that nobody uses"),
    (
        "SELECT count(*) AS v FROM job_step WHERE state NOT IN ('done', 'cancelled')",
        "steps that were lost",
    ),
    (
        "SELECT count(*) AS v FROM job_step s WHERE state = 'done' AND 1 <> (
           SELECT count(*) FROM jsonb_array_elements(s.attempt_log) a WHERE a->>'result' = 'done')",
        "steps that were done more or less than once",
    ),
    // What a frozen worker held when its load ended is left to the sweep, which does no more than this.
    (
        "SELECT count(*) AS v FROM staging.load AS l WHERE NOT staging.close_load(l.load_id)",
        "loads that cannot be removed from staging",
    ),
    (
        "SELECT count(*) AS v FROM pg_class
         WHERE relnamespace = 'staging'::regnamespace AND relname ~ '^(event|part)_[0-9a-f]{32}$'",
        "tables of loads left in staging",
    ),
    (
        "SELECT count(*) AS v FROM shard WHERE revision <> 1",
        "days that were replaced more or less than once",
    ),
];

pub(super) async fn check(house: &House) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for (query, meaning) in NOTHING {
        for count in house.rows::<i64>(query).await? {
            if count > 0 {
                found.broken.push(format!("{count} {meaning}"));
            }
        }
    }
    let attempts = "job_step, jsonb_array_elements(attempt_log) AS a";
    found.steps = count(house, "SELECT count(*) AS v FROM job_step").await?;
    found.attempts = count(house, &format!("SELECT count(*) AS v FROM {attempts}")).await?;
    let lost = format!("SELECT count(*) AS v FROM {attempts} WHERE a->>'result' = 'lost'");
    found.lost = count(house, &lost).await?;
    compare(house, &mut found).await?;
    Ok(found)
}

async fn count(house: &House, text: &str) -> anyhow::Result<i64> {
    Ok(house.rows(text).await?.pop().unwrap_or_default())
}

/// Every tenant has the days and rows of the one that nobody disturbed.
async fn compare(house: &House, found: &mut Found) -> anyhow::Result<()> {
    let calm = hash(house, UNDISTURBED).await?;
    let slugs: Vec<String> =
        house.rows("SELECT slug AS v FROM tenant WHERE slug <> 'system' ORDER BY slug").await?;
    for slug in slugs {
        if hash(house, &slug).await? != calm {
            found.broken.push(format!("the rows of {slug} are not those of an undisturbed load"));
        }
        let days = format!(
            "SELECT count(*) AS v FROM shard JOIN tenant USING (tenant_id) WHERE slug = '{slug}'"
        );
        let days = house.rows::<i64>(&days).await?;
        if days != [i64::try_from(house.days)?] {
            found.broken.push(format!("{slug} has {days:?} days"));
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "reads past every door, as the owner")]
async fn hash(house: &House, slug: &str) -> anyhow::Result<String> {
    let mut owner = PgConnection::connect(&house.db.owner_url()).await?;
    let tenant: uuid::Uuid = sqlx::query("SELECT tenant_id FROM tenant WHERE slug = $1")
        .bind(slug)
        .fetch_one(&mut owner)
        .await?
        .try_get(0)?;
    Ok(sqlx::query(ROW_HASH).bind(tenant).fetch_one(&mut owner).await?.try_get(0)?)
}

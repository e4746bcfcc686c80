//! Rows as the loader leaves them, written by the owner.

use chrono::NaiveDate;
use common::db::sql;
use common::kernel::{TenantScope, saturating_i64};
use roaring::RoaringBitmap;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

pub const PROPERTY: i64 = 123_456_789;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// One row of `day_rollup` with counts, and of `day_sets`.
#[derive(Debug, Clone, Default)]
pub struct Rollup {
    pub sessions: i32,
    pub engaged: i32,
    pub converted: i32,
    pub resumed: Vec<(NaiveDate, i32)>,
    pub page_views: i64,
    pub purchases: i32,
    pub revenue: Option<(&'static str, Decimal)>,
    pub clients: Vec<u32>,
    pub active: Vec<u32>,
    pub new: Vec<u32>,
}

/// An abandoned cart and its session.
#[derive(Debug, Clone)]
pub struct Cart {
    pub date: NaiveDate,
    pub at: &'static str,
    pub value: Decimal,
    pub branch: Option<&'static str>,
    pub customer: Option<&'static str>,
    pub known_user: Option<&'static str>,
    pub recovered_at: Option<&'static str>,
    pub item: &'static str,
}

impl Default for Cart {
    fn default() -> Self {
        Self {
            date: day("2020-12-21"),
            at: "2020-12-21T10:00:00Z",
            value: Decimal::TEN,
            branch: None,
            customer: None,
            known_user: None,
            recovered_at: None,
            item: "Hose clamp",
        }
    }
}

pub struct Facts<'a> {
    owner: &'a mut PgConnection,
    tenant: TenantScope,
}

impl<'a> Facts<'a> {
    pub fn new(owner: &'a mut PgConnection, tenant: TenantScope) -> Self {
        Self { owner, tenant }
    }

    fn tenant(&self) -> Uuid {
        self.tenant.tenant_id().uuid()
    }

    pub async fn settings(&mut self, document: Value) {
        sql::query("INSERT INTO tenant_setting (tenant_id, document) VALUES ($1, $2)
                    ON CONFLICT (tenant_id) DO UPDATE SET document = $2, version = tenant_setting.version + 1")
            .bind(self.tenant())
            .bind(document)
            .execute(&mut *self.owner)
            .await
            .unwrap();
    }

    pub async fn property(&mut self, property_id: i64, zone: &str) {
        sql::query("INSERT INTO property (tenant_id, property_id, dataset) VALUES ($1, $2, 'd')")
            .bind(self.tenant())
            .bind(property_id)
            .execute(&mut *self.owner)
            .await
            .unwrap();
        sql::query("INSERT INTO property_zone VALUES ($1, $2, '2020-01-01', $3)")
            .bind(self.tenant())
            .bind(property_id)
            .bind(zone)
            .execute(&mut *self.owner)
            .await
            .unwrap();
    }

    /// Marks the day as loaded once more, which raises the property's version as a load does.
    pub async fn loaded(&mut self, date: NaiveDate, kind: &str) {
        sql::query(
            "UPDATE property SET version = version + 1 WHERE tenant_id = $1 AND property_id = $2",
        )
        .bind(self.tenant())
        .bind(PROPERTY)
        .execute(&mut *self.owner)
        .await
        .unwrap();
        sql::query(
            "INSERT INTO shard (tenant_id, property_id, date, table_name, kind, source_modified_ms,
               source_rows, source_bytes, source_etag, fingerprint, loader_version, version,
               revision, loaded_rows, collapsed_rows, rejected_rows, loaded_at)
             VALUES ($1, $2, $3, 't', $4, 0, 0, 0, '', '', 1, 1, 1, 0, 0, 0, '2021-01-01T06:00:00Z')
             ON CONFLICT (tenant_id, property_id, date)
             DO UPDATE SET version = shard.version + 1, kind = excluded.kind",
        )
        .bind(self.tenant())
        .bind(PROPERTY)
        .bind(date)
        .bind(kind)
        .execute(&mut *self.owner)
        .await
        .unwrap();
    }

    /// A loaded day: the row of counts, and one of money.
    pub async fn day(&mut self, date: &str, location: &str, rollup: Rollup) {
        let date = day(date);
        if location.is_empty() {
            self.loaded(date, "daily").await;
        }
        let resumed: Vec<Value> = rollup
            .resumed
            .iter()
            .map(|(previous_day, sessions)| {
                json!({
                    "previous_day": previous_day, "sessions": sessions, "engaged_sessions": 0,
                    "cart_sessions": 0, "checkout_sessions": 0, "converted_sessions": 0,
                })
            })
            .collect();
        sql::query(
            "INSERT INTO day_rollup (tenant_id, property_id, date, location, currency, sessions,
               engaged_sessions, converted_sessions, resumed, page_views, purchases)
             VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9, $10)",
        )
        .bind(self.tenant())
        .bind(PROPERTY)
        .bind(date)
        .bind(location)
        .bind(rollup.sessions)
        .bind(rollup.engaged)
        .bind(rollup.converted)
        .bind(Value::from(resumed))
        .bind(rollup.page_views)
        .bind(rollup.purchases)
        .execute(&mut *self.owner)
        .await
        .unwrap();
        sql::query(
            "INSERT INTO day_sets (tenant_id, property_id, date, location, clients, active_clients,
               new_clients) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(self.tenant())
        .bind(PROPERTY)
        .bind(date)
        .bind(location)
        .bind(bitmap(&rollup.clients))
        .bind(bitmap(&rollup.active))
        .bind(bitmap(&rollup.new))
        .execute(&mut *self.owner)
        .await
        .unwrap();
        if let Some((currency, amount)) = rollup.revenue {
            sql::query(
                "INSERT INTO day_rollup (tenant_id, property_id, date, location, currency,
                   purchases, gross_revenue) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(self.tenant())
            .bind(PROPERTY)
            .bind(date)
            .bind(location)
            .bind(currency)
            .bind(rollup.purchases)
            .bind(amount)
            .execute(&mut *self.owner)
            .await
            .unwrap();
        }
    }

    /// An hour of a loaded day, all locations together, with sessions that began in it.
    pub async fn hour(&mut self, date: &str, start: &str, sessions: i32) {
        let start: chrono::DateTime<chrono::Utc> = start.parse().unwrap();
        sql::query(
            "INSERT INTO hour_rollup (tenant_id, property_id, date, location, hour_micros, currency,
               sessions) VALUES ($1, $2, $3, '', $4, '', $5)",
        )
        .bind(self.tenant())
        .bind(PROPERTY)
        .bind(day(date))
        .bind(start.timestamp_micros())
        .bind(sessions)
        .execute(&mut *self.owner)
        .await
        .unwrap();
    }

    pub async fn location(&mut self, code: &str, name: &str, email: Option<&str>) {
        sql::query(
            "INSERT INTO location (tenant_id, code, name, email, row_hash)
             VALUES ($1, $2, $3, $4, gen_random_uuid())",
        )
        .bind(self.tenant())
        .bind(code)
        .bind(name)
        .bind(email)
        .execute(&mut *self.owner)
        .await
        .unwrap();
    }

    /// So many locations, of which nothing else is known.
    pub async fn locations(&mut self, count: usize) {
        sql::query(
            "INSERT INTO location (tenant_id, code, name, row_hash)
             SELECT $1, 'L' || n, 'L', gen_random_uuid() FROM generate_series(1, $2::bigint) AS n",
        )
        .bind(self.tenant())
        .bind(saturating_i64(count))
        .execute(&mut *self.owner)
        .await
        .unwrap();
    }

    pub async fn customer(&mut self, code: &str, name: &str, user_id: Option<&str>) {
        sql::query(
            "INSERT INTO customer (tenant_id, code, name, email, phone, user_id, row_hash)
             VALUES ($1, $2, $3, $2 || '@example.com', '+41 44 123 45 67', $4, gen_random_uuid())",
        )
        .bind(self.tenant())
        .bind(code)
        .bind(name)
        .bind(user_id)
        .execute(&mut *self.owner)
        .await
        .unwrap();
    }

    pub async fn cart(&mut self, cart: Cart) -> Uuid {
        let session = Uuid::now_v7();
        let micros =
            |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
        sql::query(
            "INSERT INTO session_day (tenant_id, property_id, date, session_key, client_key,
               client_number, ga_session_id, events, page_views, engagement_msec, first_micros,
               last_micros, day_screen_views, day_key_events, day_first_visit, day_checkout,
               day_converted, day_cart_net, engaged, converted, cart, checkout, known_user,
               customer, branch)
             VALUES ($1, $2, $3, $4, $4, 1, 1, 1, 1, 0, $5, $5, 0, 0, false, false, false, 1,
               true, false, true, false, $6, $7, $8)",
        )
        .bind(self.tenant())
        .bind(PROPERTY)
        .bind(cart.date)
        .bind(session)
        .bind(micros(cart.at))
        .bind(cart.known_user)
        .bind(cart.customer)
        .bind(cart.branch)
        .execute(&mut *self.owner)
        .await
        .unwrap();
        sql::query(
            "INSERT INTO cart (tenant_id, property_id, session_key, date, client_key,
               last_cart_micros, items, quantity, value, value_incomplete, currency, open,
               recovered_micros)
             VALUES ($1, $2, $3, $4, $3, $5, $6, 1, $7, false, 'EUR', true, $8)",
        )
        .bind(self.tenant())
        .bind(PROPERTY)
        .bind(session)
        .bind(cart.date)
        .bind(micros(cart.at))
        .bind(
            json!([{ "item_id": "1", "item_name": cart.item, "price": "10.00", "quantity": "1" }]),
        )
        .bind(cart.value)
        .bind(cart.recovered_at.map(micros))
        .execute(&mut *self.owner)
        .await
        .unwrap();
        session
    }
}

fn bitmap(numbers: &[u32]) -> Option<Vec<u8>> {
    let bitmap: RoaringBitmap = numbers.iter().copied().collect();
    let mut bytes = Vec::new();
    bitmap.serialize_into(&mut bytes).unwrap();
    (!numbers.is_empty()).then_some(bytes)
}

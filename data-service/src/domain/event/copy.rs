//! An event as a row of a load's table in staging, in Postgres's binary COPY format: exact types, no escaping, nothing parsed twice.
//!
//! Format: <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4>.

use bytes::{BufMut, BytesMut};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Event;

/// Columns of the table in the order of an encoded row.
pub const STAGING_COLUMNS: &[&str] = &[
    "event_date",
    "property_id",
    "event_key",
    "row_hash",
    "event_name",
    "event_micros",
    "stream_id",
    "user_pseudo_id",
    "client_key",
    "session_key",
    "ga_session_id",
    "ga_session_number",
    "user_id",
    "known_user",
    "customer",
    "branch",
    "batch_page_id",
    "batch_ordering_id",
    "batch_event_index",
    "bundle_sequence_id",
    "session_engaged",
    "is_active_user",
    "engagement_msec",
    "platform",
    "device_category",
    "country",
    "city",
    "source",
    "medium",
    "campaign",
    "hostname",
    "page_location",
    "page_path",
    "page_title",
    "transaction_id",
    "purchase_revenue",
    "refund_value",
    "currency",
    "quantity",
    "search_term",
    "params",
    "items",
];

/// Encodes the rows of one load.
#[derive(Debug, Clone, Copy)]
pub struct RowEncoder {
    pub property_id: i64,
}

/// The statement the bytes are for, into `table`.
pub fn statement(table: &str) -> String {
    format!("COPY {table} ({}) FROM STDIN (FORMAT binary)", STAGING_COLUMNS.join(", "))
}

/// Stands once before the first row.
pub fn header(out: &mut BytesMut) {
    out.put_slice(b"PGCOPY\n\xff\r\n\0");
    out.put_i32(0);
    out.put_i32(0);
}

/// Stands once after the last row.
pub fn trailer(out: &mut BytesMut) {
    out.put_i16(-1);
}

impl RowEncoder {
    pub fn row(&self, event: &Event<'_>, out: &mut BytesMut) {
        out.put_i16(const { STAGING_COLUMNS.len() as i16 });
        date(event.event_date, out);
        int8(Some(self.property_id), out);
        uuid(Some(event.event_key), out);
        uuid(Some(Uuid::from_u128(event.row_hash)), out);
        text(Some(event.name), out);
        int8(Some(event.event_micros), out);
        text(event.stream_id, out);
        text(event.user_pseudo_id, out);
        uuid(event.client_key, out);
        uuid(event.session_key, out);
        int8(event.ga_session_id, out);
        int4(event.ga_session_number, out);
        text(event.user_id, out);
        text(event.known_user, out);
        text(event.customer, out);
        text(event.branch, out);
        int8(event.batch_page_id, out);
        int8(event.batch_ordering_id, out);
        int8(event.batch_event_index, out);
        int8(event.bundle_sequence_id, out);
        boolean(event.session_engaged, out);
        boolean(event.is_active_user, out);
        int8(event.engagement_msec, out);
        text(event.platform, out);
        text(event.device_category, out);
        text(event.country, out);
        text(event.city, out);
        text(event.traffic.source, out);
        text(event.traffic.medium, out);
        text(event.traffic.campaign, out);
        text(event.hostname, out);
        text(event.page_location, out);
        text(event.page_path, out);
        text(event.page_title, out);
        text(event.transaction_id, out);
        numeric(event.purchase_revenue, out);
        numeric(event.refund_value, out);
        text(event.currency(), out);
        numeric(event.quantity, out);
        text(event.search_term, out);
        jsonb(Some(event.params), out);
        jsonb(event.items, out);
    }
}

fn null(out: &mut BytesMut) {
    out.put_i32(-1);
}

fn text(value: Option<&str>, out: &mut BytesMut) {
    let Some(value) = value else { return null(out) };
    sized(out, |out| out.put_slice(value.as_bytes()));
}

/// jsonb's binary form is a version byte and the JSON text.
fn jsonb(value: Option<&str>, out: &mut BytesMut) {
    let Some(value) = value else { return null(out) };
    sized(out, |out| {
        out.put_u8(1);
        out.put_slice(value.as_bytes());
    });
}

/// Writes a value with its length before it.
fn sized(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_i32(0);
    write(out);
    // A value is part of one page of about 10 MB, so its length fits.
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

fn int8(value: Option<i64>, out: &mut BytesMut) {
    let Some(value) = value else { return null(out) };
    out.put_i32(8);
    out.put_i64(value);
}

fn int4(value: Option<i32>, out: &mut BytesMut) {
    let Some(value) = value else { return null(out) };
    out.put_i32(4);
    out.put_i32(value);
}

fn boolean(value: Option<bool>, out: &mut BytesMut) {
    let Some(value) = value else { return null(out) };
    out.put_i32(1);
    out.put_u8(value.into());
}

fn uuid(value: Option<Uuid>, out: &mut BytesMut) {
    let Some(value) = value else { return null(out) };
    out.put_i32(16);
    out.put_slice(value.as_bytes());
}

/// Days since 2000-01-01.
fn date(value: NaiveDate, out: &mut BytesMut) {
    const EPOCH_2000: i32 = 10_957;
    out.put_i32(4);
    out.put_i32(value.to_epoch_days() - EPOCH_2000);
}

/// Digits in base 10,000, most significant first, with the place of the first one.
fn numeric(value: Option<Decimal>, out: &mut BytesMut) {
    let Some(value) = value else { return null(out) };
    let scale = value.scale();
    let padding = (4 - scale % 4) % 4;
    // At most 2^96 × 1,000, which fits.
    let mut rest = value.mantissa().unsigned_abs() * 10u128.pow(padding);
    let fraction_groups = ((scale + padding) / 4) as i16;
    let mut groups = [0u16; 10];
    let mut count = 0;
    while rest > 0 {
        groups[count] = (rest % 10_000) as u16;
        rest /= 10_000;
        count += 1;
    }
    let trailing = groups[..count].iter().take_while(|group| **group == 0).count();
    let weight = if count == 0 { 0 } else { count as i16 - fraction_groups - 1 };
    sized(out, |out| {
        out.put_i16((count - trailing) as i16);
        out.put_i16(weight);
        out.put_u16(if value.is_sign_negative() && count > 0 { 0x4000 } else { 0 });
        out.put_u16(scale as u16);
        groups[trailing..count].iter().rev().for_each(|group| out.put_u16(*group));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &str) -> Vec<u8> {
        let mut out = BytesMut::new();
        numeric(Some(text.parse().unwrap()), &mut out);
        out[4..].to_vec()
    }

    /// What Postgres's `numeric_send` gives for these values.
    #[test]
    fn numerics_as_postgres_sends_them() {
        assert_eq!(encoded("0"), [0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(encoded("1"), [0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(
            encoded("-12345.678"),
            [0, 3, 0, 1, 0x40, 0, 0, 3, 0, 1, 0x09, 0x29, 0x1a, 0x7c]
        );
        assert_eq!(encoded("0.0001"), [0, 1, 0xff, 0xff, 0, 0, 0, 4, 0, 1]);
        assert_eq!(encoded("10000"), [0, 1, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(encoded("0.10"), [0, 1, 0xff, 0xff, 0, 0, 0, 2, 0x03, 0xe8]);
    }

    proptest! {
        /// Reads the encoding back by its definition.
        #[test]
        fn numerics_keep_their_value(mantissa in -79_228_162_514_264_337_593_543_950_335i128..79_228_162_514_264_337_593_543_950_335, scale in 0u32..=28) {
            let value = Decimal::from_i128_with_scale(mantissa, scale);
            let bytes = encoded(&value.to_string());
            let word = |at: usize| i16::from_be_bytes([bytes[2 * at], bytes[2 * at + 1]]);
            let (count, weight) = (word(0), word(1));
            prop_assert_eq!(bytes.len() as i16, 8 + 2 * count);
            let mut digits = String::from(if word(2) == 0 { "0." } else { "-0." });
            for group in 0..count {
                let digit = word(4 + group as usize);
                prop_assert!((0..10_000).contains(&digit));
                digits.push_str(&format!("{digit:04}"));
            }
            let read = crate::domain::number::decimal(&format!("{digits}E{}", 4 * (weight + 1)));
            prop_assert_eq!(read, Some(value));
            prop_assert_eq!(word(3) as u32, scale);
        }
    }

    #[test]
    fn dates_count_from_2000() {
        let mut out = BytesMut::new();
        date(NaiveDate::from_ymd_opt(2000, 1, 1).unwrap(), &mut out);
        date(NaiveDate::from_ymd_opt(1999, 12, 31).unwrap(), &mut out);
        assert_eq!(out[..], [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 255, 255, 255, 255]);
    }
}

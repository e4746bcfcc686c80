//! One row's totals as bytes, for a file that nobody but the export that wrote it reads.

use std::io::{self, Read, Write};

use common::kernel::Currency;
use roaring::RoaringBitmap;
use rust_decimal::Decimal;

use crate::domain::counted::Key;
use crate::domain::takings::Takings;
use crate::domain::totals::Totals;
use crate::domain::users::UserCounts;

/// Appends a row.
///
/// # Errors
/// When `out` does not take it.
pub(super) fn write(key: &Key, mut totals: Totals, out: &mut impl Write) -> io::Result<()> {
    put(out, key.0 as i64)?;
    put(out, key.1.len() as i64)?;
    for value in &key.1 {
        put(out, value.len() as i64)?;
        out.write_all(value.as_bytes())?;
    }
    for number in numbers(&mut totals) {
        put(out, *number)?;
    }
    for amount in amounts(&mut totals) {
        out.write_all(&amount.serialize())?;
    }
    for set in totals.users.each_mut() {
        set.serialize_into(&mut *out)?;
    }
    put(out, totals.takings.iter().count() as i64)?;
    for (currency, takings) in totals.takings.iter() {
        out.write_all(currency.as_str().as_bytes())?;
        out.write_all(&takings.gross_revenue.serialize())?;
        out.write_all(&takings.refunds.serialize())?;
        put(out, takings.purchases)?;
    }
    put(out, totals.counted_users.is_some().into())?;
    if let Some(mut counts) = totals.counted_users {
        for number in user_numbers(&mut counts) {
            put(out, *number)?;
        }
    }
    Ok(())
}

/// Reads what [`write`] appended.
///
/// # Errors
/// When `from` ends early.
pub(super) fn read(from: &mut impl Read) -> io::Result<(Key, Totals)> {
    let bucket = length(from)?;
    let values = (0..length(from)?).map(|_| text(from)).collect::<io::Result<_>>()?;
    let mut totals = Totals::default();
    for number in numbers(&mut totals) {
        *number = take(from)?;
    }
    for amount in amounts(&mut totals) {
        *amount = decimal(from)?;
    }
    for set in totals.users.each_mut() {
        *set = RoaringBitmap::deserialize_from(&mut *from)?;
    }
    for _ in 0..length(from)? {
        let takings = (
            currency(from)?,
            Takings {
                gross_revenue: decimal(from)?,
                refunds: decimal(from)?,
                purchases: take(from)?,
            },
        );
        totals.takings.add(takings.0, takings.1);
    }
    if take(from)? > 0 {
        let mut counts = UserCounts::default();
        for number in user_numbers(&mut counts) {
            *number = take(from)?;
        }
        totals.counted_users = Some(counts);
    }
    Ok(((bucket, values), totals))
}

fn numbers(totals: &mut Totals) -> [&mut i64; 18] {
    let Totals { activity, sessions, beside, .. } = totals;
    [
        &mut activity.events,
        &mut activity.unattributed_events,
        &mut activity.page_views,
        &mut activity.engagement_msec,
        &mut activity.purchases,
        &mut activity.purchases_without_id,
        &mut activity.searches,
        &mut activity.failed_searches,
        &mut sessions.sessions,
        &mut sessions.engaged,
        &mut sessions.cart,
        &mut sessions.checkout,
        &mut sessions.converted,
        &mut beside.unconverted_searches,
        &mut beside.abandoned_carts,
        &mut beside.incomplete_carts,
        &mut beside.repeat_visitors,
        &mut beside.hot_visitors,
    ]
}

fn amounts(totals: &mut Totals) -> [&mut Decimal; 2] {
    [&mut totals.activity.items_sold, &mut totals.beside.cart_value]
}

fn user_numbers(counts: &mut UserCounts) -> [&mut i64; 7] {
    let UserCounts { clients, active, new, returning, purchasing, known, active_purchasing } =
        counts;
    [clients, active, new, returning, purchasing, known, active_purchasing]
}

fn put(out: &mut impl Write, number: i64) -> io::Result<()> {
    out.write_all(&number.to_le_bytes())
}

fn bytes<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn take(from: &mut impl Read) -> io::Result<i64> {
    bytes(from).map(i64::from_le_bytes)
}

fn length(from: &mut impl Read) -> io::Result<usize> {
    usize::try_from(take(from)?).map_err(io::Error::other)
}

fn decimal(from: &mut impl Read) -> io::Result<Decimal> {
    bytes(from).map(Decimal::deserialize)
}

fn text(from: &mut impl Read) -> io::Result<String> {
    let mut text = vec![0; length(from)?];
    from.read_exact(&mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}

fn currency(from: &mut impl Read) -> io::Result<Currency> {
    let code: [u8; 3] = bytes(from)?;
    String::from_utf8_lossy(&code).parse().map_err(io::Error::other)
}

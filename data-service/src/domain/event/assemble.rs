//! Makes the event of a row's scratch: typed values, keys, the flattened params.

use rust_decimal::Decimal;

use super::identity::{IdentityKeys, code};
use super::items::AMOUNTS;
use super::notes::Notes;
use super::param::{self, Param};
use super::plan::{Plan, Slot};
use super::scratch::Scratch;
use super::typing::{self, ParamTypes};
use super::{Event, Traffic, page_location};
use crate::domain::keys::{self, Kind, Material};
use crate::domain::wire::cell::boolean;
use crate::domain::{number, shard};

const MOST_ENGAGEMENT_MSEC: i64 = 24 * 60 * 60 * 1_000;

/// The event of a filled scratch, or why the row is none.
pub(super) fn event<'e>(
    plan: &Plan,
    identity: &IdentityKeys,
    types: &ParamTypes,
    notes: &mut Notes,
    scratch: &'e mut Scratch<'_>,
) -> Result<Event<'e>, String> {
    let event_micros = required(scratch, Slot::EventTimestamp, "event_timestamp", number::integer)?;
    let event_date = required(scratch, Slot::EventDate, "event_date", shard::day_of)?;
    required(scratch, Slot::EventName, "event_name", |_| Some(()))?;

    param::sort(&scratch.params, &mut scratch.buffers.order);
    let buffers = &mut scratch.buffers;
    let coerce =
        |param: &Param<'_>| types.of(&param.key).map(|to| typing::coerce(param, to, notes));
    let duplicates =
        param::flatten(&scratch.params, &buffers.order, coerce, &mut buffers.params_json);
    notes.duplicate_params += duplicates;
    // The material is lent out so that the rest of the scratch can be read while keys are made.
    let mut material = std::mem::take(&mut scratch.buffers.material);
    hash_event(plan, scratch, &mut material);
    let event_key = material.key();
    scratch.params.iter_mut().chain(&mut scratch.user_properties).for_each(Param::canonicalise);

    for ((_, name), unusable) in AMOUNTS.iter().zip(scratch.items.unusable) {
        if unusable > 0 {
            notes.drifted(name, "number", "decimal", unusable);
        }
    }

    let row: &'e Scratch<'_> = scratch;
    let known = Known::pick(row, identity);
    let stream_id = row.text(Slot::StreamId);
    let user_pseudo_id = row.text(Slot::UserPseudoId);
    let user_id = row.text(Slot::UserId);
    let ga_session_id = typed(known.ga_session_id, "integer", Param::integer, notes);
    let page_location = known.page_location.and_then(Param::text);
    let money =
        |name: &str| plan.ecommerce_rank(name).and_then(|rank| row.ecommerce[rank].as_deref());
    let name = row.text(Slot::EventName).unwrap_or_default();

    let mut event = Event {
        event_key,
        row_hash: 0,
        event_date,
        event_micros,
        name,
        stream_id,
        user_pseudo_id,
        client_key: user_pseudo_id.map(|user| keys::client_key(&mut material, stream_id, user)),
        session_key: user_pseudo_id
            .zip(ga_session_id)
            .map(|(user, session)| keys::session_key(&mut material, stream_id, user, session)),
        ga_session_id,
        ga_session_number: typed(
            known.ga_session_number,
            "integer",
            |p| p.integer()?.try_into().ok(),
            notes,
        ),
        user_id,
        known_user: user_id
            .and_then(code)
            .or_else(|| known.known_user.and_then(Param::text).and_then(code)),
        customer: known.customer.and_then(Param::text).and_then(code),
        branch: known.branch.and_then(Param::text).and_then(code),
        batch_page_id: column(row, Slot::BatchPageId, "batch_page_id", notes),
        batch_ordering_id: column(row, Slot::BatchOrderingId, "batch_ordering_id", notes),
        batch_event_index: column(row, Slot::BatchEventIndex, "batch_event_index", notes),
        bundle_sequence_id: column(row, Slot::BundleSequenceId, "event_bundle_sequence_id", notes),
        session_engaged: typed(known.session_engaged, "boolean", Param::flag, notes),
        is_active_user: row.text(Slot::IsActiveUser).and_then(boolean),
        engagement_msec: typed(known.engagement_time_msec, "duration", engagement, notes),
        platform: row.text(Slot::Platform),
        device_category: row.key_text(Slot::DeviceCategory),
        country: row.key_text(Slot::Country),
        city: row.key_text(Slot::City),
        traffic: traffic(row),
        hostname: row
            .text(Slot::WebHostname)
            .or_else(|| row.text(Slot::EventHostname))
            .or_else(|| page_location.and_then(page_location::host)),
        page_location,
        page_path: page_location.and_then(page_location::path),
        page_title: known.page_title.and_then(Param::text),
        transaction_id: if plan.has_transaction_id {
            money("transaction_id").and_then(code)
        } else {
            known.transaction_id.and_then(Param::text).and_then(code)
        },
        purchase_revenue: if plan.has_revenue {
            amount(money("purchase_revenue"), "ecommerce.purchase_revenue", notes)
        } else if name == "purchase" {
            typed(known.value, "decimal", Param::amount, notes)
        } else {
            None
        },
        refund_value: if plan.has_refund {
            amount(money("refund_value"), "ecommerce.refund_value", notes)
        } else if name == "refund" {
            typed(known.value, "decimal", Param::amount, notes)
        } else {
            None
        },
        currency: typed(known.currency, "currency", currency, notes),
        quantity: if row.items.json.is_empty() {
            None
        } else {
            Some(row.items.quantity.normalize())
        },
        search_term: known.search_term.and_then(Param::text),
        params: &row.buffers.params_json,
        items: if row.items.json.is_empty() { None } else { Some(&row.items.json) },
    };
    event.row_hash = hash_row(&event, &mut material);
    Ok(event)
}

fn required<T>(
    row: &Scratch<'_>,
    slot: Slot,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, String> {
    let text = row.text(slot).ok_or_else(|| format!("{name} is null"))?;
    read(text).ok_or_else(|| format!("{name} {text:?} cannot be read"))
}

/// An optional integer column.
fn column(row: &Scratch<'_>, slot: Slot, name: &str, notes: &mut Notes) -> Option<i64> {
    let text = row.text(slot)?;
    let value = number::integer(text);
    if value.is_none() {
        notes.drift(name, "text", "integer");
    }
    value
}

/// A param in the type it is needed in; what cannot be coerced without loss is absent, and noted.
fn typed<'p, 'de, T>(
    param: Option<&'p Param<'de>>,
    to: &'static str,
    read: impl FnOnce(&'p Param<'de>) -> Option<T>,
    notes: &mut Notes,
) -> Option<T> {
    let param = param?;
    let value = read(param);
    if value.is_none() && param.text().is_some() {
        notes.drift(&param.key, param.slot(), to);
    }
    value
}

/// An amount of money; NaN is none, silently, for it is how the export says so.
fn amount(text: Option<&str>, name: &str, notes: &mut Notes) -> Option<Decimal> {
    let text = text?;
    let value = number::amount(text);
    if value.is_none() && !text.eq_ignore_ascii_case("nan") {
        notes.drift(name, "float", "decimal");
    }
    value
}

/// Of one event no longer than a day: sums of a day's events stay far from the end of an integer.
fn engagement(param: &Param<'_>) -> Option<i64> {
    param.integer().filter(|msec| (0..=MOST_ENGAGEMENT_MSEC).contains(msec))
}

fn currency(param: &Param<'_>) -> Option<[u8; 3]> {
    let code: [u8; 3] = param.text()?.trim().as_bytes().try_into().ok()?;
    if code.iter().all(u8::is_ascii_alphabetic) {
        Some(code.map(|letter| letter.to_ascii_uppercase()))
    } else {
        None
    }
}

fn traffic<'e>(row: &'e Scratch<'_>) -> Traffic<'e> {
    use Slot::{
        CollectedCampaign, CollectedMedium, CollectedSource, FirstCampaign, FirstMedium,
        FirstSource, ManualCampaign, ManualMedium, ManualSource, SessionCampaign, SessionMedium,
        SessionSource,
    };
    [
        [SessionSource, SessionMedium, SessionCampaign],
        [ManualSource, ManualMedium, ManualCampaign],
        [CollectedSource, CollectedMedium, CollectedCampaign],
        [FirstSource, FirstMedium, FirstCampaign],
    ]
    .into_iter()
    .map(|slots| slots.map(|slot| row.key_text(slot)))
    .find(|[source, medium, _]| source.is_some() || medium.is_some())
    .map_or_else(Traffic::default, |[source, medium, campaign]| Traffic {
        source,
        medium,
        campaign,
    })
}

/// The params an event's columns are made of.
#[derive(Default)]
struct Known<'e, 'de> {
    ga_session_id: Option<&'e Param<'de>>,
    ga_session_number: Option<&'e Param<'de>>,
    session_engaged: Option<&'e Param<'de>>,
    engagement_time_msec: Option<&'e Param<'de>>,
    page_location: Option<&'e Param<'de>>,
    page_title: Option<&'e Param<'de>>,
    search_term: Option<&'e Param<'de>>,
    currency: Option<&'e Param<'de>>,
    transaction_id: Option<&'e Param<'de>>,
    value: Option<&'e Param<'de>>,
    branch: Option<&'e Param<'de>>,
    customer: Option<&'e Param<'de>>,
    known_user: Option<&'e Param<'de>>,
}

impl<'e, 'de> Known<'e, 'de> {
    fn pick(row: &'e Scratch<'de>, identity: &IdentityKeys) -> Self {
        let mut known = Self::default();
        known.pick_identity(&row.user_properties, identity);
        for param in &row.params {
            let place = match &*param.key {
                "ga_session_id" => &mut known.ga_session_id,
                "ga_session_number" => &mut known.ga_session_number,
                "session_engaged" => &mut known.session_engaged,
                "engagement_time_msec" => &mut known.engagement_time_msec,
                "page_location" => &mut known.page_location,
                "page_title" => &mut known.page_title,
                "search_term" => &mut known.search_term,
                "currency" => &mut known.currency,
                "transaction_id" => &mut known.transaction_id,
                "value" => &mut known.value,
                _ => continue,
            };
            place.get_or_insert(param);
        }
        known.pick_identity(&row.params, identity);
        known
    }

    /// Called for the user properties first: they win over event params of the same name.
    fn pick_identity(&mut self, params: &'e [Param<'de>], identity: &IdentityKeys) {
        for (key, place) in [
            (&identity.branch, &mut self.branch),
            (&identity.customer, &mut self.customer),
            (&identity.known_user, &mut self.known_user),
        ] {
            let Some(key) = key.as_deref().filter(|_| place.is_none()) else { continue };
            *place = params
                .iter()
                .find(|param| param.key == key && param.text().and_then(code).is_some());
        }
    }
}

fn hash_event(plan: &Plan, row: &Scratch<'_>, material: &mut Material) {
    material.start(Kind::Event);
    for slot in [
        Slot::StreamId,
        Slot::UserPseudoId,
        Slot::UserId,
        Slot::EventName,
        Slot::EventTimestamp,
        Slot::BatchPageId,
        Slot::BatchOrderingId,
        Slot::BatchEventIndex,
        Slot::BundleSequenceId,
    ] {
        material.text(row.text(slot));
    }
    material.count(row.params.len());
    for &index in &row.buffers.order {
        row.params[index as usize].hash_into(material);
    }
    material.text(Some(&row.items.json));
    // Only what is there, by name: a column that the export gains changes no key as long as it is null.
    for (name, value) in plan.ecommerce.iter().zip(&row.ecommerce) {
        if let Some(value) = value {
            material.text(Some(name)).text(Some(value));
        }
    }
}

/// All logical columns; those that the event key covers go in through it.
fn hash_row(event: &Event<'_>, material: &mut Material) -> u128 {
    material
        .start(Kind::Row)
        .bytes(event.event_key.as_bytes())
        .integer(Some(event.event_date.to_epoch_days().into()))
        .text(event.known_user)
        .text(event.customer)
        .text(event.branch)
        .flag(event.is_active_user)
        .text(event.platform)
        .text(event.device_category)
        .text(event.country)
        .text(event.city)
        .text(event.traffic.source)
        .text(event.traffic.medium)
        .text(event.traffic.campaign)
        .text(event.hostname);
    material.key().as_u128()
}

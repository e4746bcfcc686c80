use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::ga4::oracle::{Oracle, Settings, UNASSIGNED};
use crate::ga4::schema::{Field, Kind};
use crate::ga4::{Event, EventReader, Value};

fn days(first: (i32, u32, u32), count: u64) -> DateRange {
    let first = NaiveDate::from_ymd_opt(first.0, first.1, first.2).unwrap();
    DateRange::new(first, first.checked_add_days(Days::new(count - 1)).unwrap()).unwrap()
}

/// A week from Monday on.
fn shop(seed: u64, sessions_per_day: u32) -> Generator {
    Generator { sessions_per_day, ..Generator::new(seed, days((2026, 1, 5), 7)) }
}

fn events(shop: &Generator) -> Vec<Event> {
    let schema = Generator::schema();
    let reader = EventReader::new(&schema);
    let rows = shop.days.iter().flat_map(|day| shop.day(day));
    rows.map(|row| reader.read(&row).expect("every row is an event")).collect()
}

fn conforms(field: &Field, value: &Value) -> bool {
    match (value, &field.kind) {
        (Value::Null, _) => true,
        (Value::List(elements), _) if field.repeated => {
            let element = Field { repeated: false, ..field.clone() };
            elements.iter().all(|value| conforms(&element, value))
        }
        (Value::Record(cells), Kind::Record(children)) => {
            let fits = |(field, cell)| conforms(field, cell);
            !field.repeated && cells.len() == children.len() && children.iter().zip(cells).all(fits)
        }
        (Value::Int(_), Kind::Integer) | (Value::Float(_), Kind::Float) => true,
        (Value::Bool(_), Kind::Boolean) | (Value::Text(_), Kind::Text(_)) => true,
        _ => false,
    }
}

#[test]
fn every_row_fits_the_production_schema() {
    let schema = Generator::schema();
    let shop = shop(1, 100);
    for row in shop.days.iter().flat_map(|day| shop.day(day)) {
        assert_eq!(row.len(), schema.fields.len());
        for (field, cell) in schema.fields.iter().zip(&row) {
            assert!(conforms(field, cell), "{}: {cell:?}", field.name);
        }
    }
}

#[test]
fn a_seed_gives_the_same_rows_and_another_gives_others() {
    let text = |shop: &Generator| {
        let mut out = Vec::new();
        shop.write_ndjson(&mut out).unwrap();
        out
    };
    let first = text(&shop(1, 20));
    assert_eq!(first, text(&shop(1, 20)));
    assert_ne!(first, text(&shop(2, 20)));
}

#[test]
fn a_day_does_not_depend_on_the_days_asked_before() {
    let shop = shop(3, 200);
    let thursday = NaiveDate::from_ymd_opt(2026, 1, 8).unwrap();
    let wire = |rows: Vec<Row>| format!("{rows:?}");
    let alone = wire(shop.day(thursday).collect());
    let _ = events(&shop);
    assert_eq!(alone, wire(shop.day(thursday).collect()));
    let outside = NaiveDate::from_ymd_opt(2026, 1, 12).unwrap();
    assert_eq!(shop.day(outside).count(), 0);
}

#[test]
fn the_quirks_of_real_exports_are_there() {
    let shop = shop(4, 400);
    let events = events(&shop);
    let mut dates: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let mut sharers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for event in &events {
        if let Some(session) = event.session() {
            sharers.entry(session.ga_session_id).or_default().insert(session.client.clone());
            dates.entry(session).or_default().insert(event.date);
        }
    }
    let days_apart = |dates: &BTreeSet<NaiveDate>| {
        let first = dates.first().copied().unwrap_or_default();
        (dates.last().copied().unwrap_or_default() - first).num_days()
    };
    let apart: BTreeSet<i64> = dates.values().map(days_apart).collect();
    assert_eq!(apart, BTreeSet::from([0, 1, 2]), "same day, over midnight, resumed");
    assert!(sharers.values().any(|clients| clients.len() > 1), "colliding session ids");

    let any = |test: &dyn Fn(&Event) -> bool| events.iter().any(test);
    let purchase =
        |test: &dyn Fn(&Event) -> bool| any(&|event| event.name == "purchase" && test(event));
    let id = |id: Option<&'static str>| {
        purchase(&move |event| event.ecommerce.transaction_id.as_deref() == id)
    };
    assert!(id(None) && id(Some("")) && id(Some("(not set)")));
    assert!(purchase(&|event| event.ecommerce.purchase_revenue.is_none()));
    assert!(purchase(&|event| event.pseudo_id.is_none()), "bought without consent");
    assert!(any(&|event| event.name == "refund"));
    let flag = |event: &Event| event.param("session_engaged").cloned();
    assert!(any(&|event| flag(event).is_some_and(|param| param.int.is_some())));
    assert!(any(&|event| flag(event).is_some_and(|param| param.string.is_some())));
    assert!(any(&|event| event.pseudo_id.is_some() && flag(event).is_none()));
    assert!(any(&|event| event.param("ga_session_id").is_some_and(|p| p.string.is_some())));
    let results = |event: &Event| event.param("search_results")?.integer();
    assert!(any(&|event| results(event) == Some(0)) && any(&|event| results(event) > Some(0)));
    let item =
        |test: fn(&crate::ga4::event::Item) -> bool| any(&|event| event.items.iter().any(test));
    assert!(item(|item| item.price.is_none()) && item(|item| item.quantity.is_none()));
    assert!(any(&|event| event.name == "add_to_cart" && event.items.is_empty()));
    assert!(any(&|event| event.name == "add_to_cart" && event.items.len() > 4));
}

#[test]
fn a_transaction_reported_again_days_later_counts_on_its_first_day() {
    let shop = shop(8, 400);
    let mut days: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    for event in events(&shop).iter().filter(|event| event.name == "purchase") {
        if let Some(id) = event.transaction_id() {
            days.entry(id.to_owned()).or_default().insert(event.date);
        }
    }
    assert!(days.values().any(|days| days.len() > 1));
}

#[test]
fn arbitrary_shops_differ_and_all_have_events() {
    let sizes: BTreeSet<usize> = (0..20)
        .map(|seed| {
            let shop = Generator::arbitrary(seed);
            let events = events(&shop);
            assert!(!events.is_empty(), "seed {seed}");
            for event in &events {
                assert_eq!(shop.local_date(event.micros), event.date, "seed {seed}");
            }
            events.len()
        })
        .collect();
    assert!(sizes.len() > 10);
}

#[test]
fn an_intraday_table_lacks_what_only_the_days_end_knows() {
    let shop = shop(9, 50);
    let monday = shop.days.first();
    let table = shop.intraday_table(monday);
    let reader_schema = Schema::intraday();
    let reader = EventReader::new(&reader_schema);
    let rows: Vec<Row> = table.read().unwrap().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), shop.day(monday).count());
    let events = rows.iter().map(|row| reader.read(row).unwrap());
    assert!(rows[0].len() == 28 && events.into_iter().all(|event| event.active_user.is_none()));
}

#[test]
fn the_oracle_finds_every_kind_of_number_in_it() {
    let shop = shop(5, 400);
    let settings = Settings { currency: shop.currency.to_owned(), ..Settings::default() };
    let oracle = Oracle::new(events(&shop), settings);
    assert!(oracle.duplicates > 0);
    let metrics = oracle.overview(shop.days);
    let currencies: Vec<_> = metrics.money.gross_revenue.keys().map(String::as_str).collect();
    assert_eq!(currencies, ["CHF", "EUR", "USD"]);
    assert!(!metrics.money.refunds.is_empty());
    assert!(metrics.sessions > metrics.engaged_sessions);
    assert!(metrics.engaged_sessions > metrics.cart_sessions);
    assert!(metrics.cart_sessions > metrics.converted_sessions);
    assert!(metrics.converted_sessions > 0 && metrics.purchases_without_id > 0);
    assert!(metrics.known_users > 0 && metrics.unattributed_events > 0);
    assert!(metrics.total_users > metrics.new_users && metrics.returning_users > 0);
    let locations = oracle.locations(shop.days);
    let home = (1..=shop.branches).all(|branch| locations.contains_key(&format!("{branch:02}")));
    assert!(home && locations.contains_key(UNASSIGNED) && locations.contains_key("99"));
    let sum = |number: fn(&crate::ga4::oracle::Metrics) -> u64| -> u64 {
        locations.values().map(number).sum()
    };
    assert_eq!(sum(|metrics| metrics.events), metrics.events);
    assert_eq!(sum(|metrics| metrics.sessions), metrics.sessions);
    assert_eq!(sum(|metrics| metrics.purchases), metrics.purchases);
}

#[test]
fn days_end_at_the_propertys_midnight() {
    for (zone, range) in [
        (Tz::Pacific__Kiritimati, days((2026, 1, 5), 3)),
        (Tz::Pacific__Niue, days((2026, 1, 5), 3)),
        (Tz::Europe__Berlin, days((2026, 3, 27), 4)),
        (Tz::Europe__Berlin, days((2026, 10, 23), 4)),
    ] {
        let shop = Generator { zone, sessions_per_day: 100, ..Generator::new(6, range) };
        for event in events(&shop) {
            assert_eq!(shop.local_date(event.micros), event.date, "{zone}");
        }
    }
}

#[test]
fn master_data_names_the_codes_that_events_carry() {
    let shop = shop(7, 100);
    let (mut customers, mut locations) = (Vec::new(), Vec::new());
    shop.write_customers(&mut customers).unwrap();
    shop.write_locations(&mut locations).unwrap();
    let customers = String::from_utf8(customers).unwrap();
    let locations = String::from_utf8(locations).unwrap();
    assert_eq!(customers.lines().count(), 241);
    assert_eq!(
        customers.lines().nth(42).unwrap(),
        "10042,Customer 0042,customer0042@customers.example,+49 000 0000042,06,user-0042-1"
    );
    assert_eq!(
        locations.lines().nth(7).unwrap(),
        "07,Branch 07,City 07,branch07@branches.example,Europe/Berlin"
    );
    let codes: BTreeSet<&str> =
        customers.lines().filter_map(|line| line.split(',').next()).collect();
    for customer in events(&shop).iter().filter_map(|event| event.identity("customer_id")) {
        assert!(codes.contains(customer.as_str()), "{customer}");
    }
}

use super::*;
use crate::ga4::EventReader;
use crate::ga4::parquet::ParquetFile;

mod definitions;

const DAYS: [&str; 7] =
    ["20201221", "20201222", "20201223", "20201224", "20201225", "20201226", "20201227"];

fn sample_events(folder: &std::path::Path) -> Vec<Event> {
    let mut events = Vec::new();
    for day in DAYS {
        let path = folder.join(format!("ga4-sample/events_{day}.parquet"));
        let file = ParquetFile::open(&path).unwrap();
        let reader = EventReader::new(file.schema());
        for row in file.rows().unwrap() {
            events.push(reader.read(&row.unwrap()).expect("every row is an event"));
        }
    }
    events
}

/// Events, users, sessions active and started, engaged, page views, purchase events, new users, then of the started sessions
/// with cart, with checkout and converted; purchases with an id, revenue, purchases without an id.
const FACTS: [[u64; 14]; 7] = [
    [42_623, 3_627, 4_017, 4_017, 3_558, 12_294, 53, 2_937, 204, 91, 49, 50, 3_383, 2],
    [44_519, 3_405, 3_848, 3_838, 3_343, 12_775, 60, 2_717, 219, 96, 52, 56, 3_071, 3],
    [40_040, 3_123, 3_448, 3_443, 3_047, 11_356, 67, 2_527, 209, 92, 53, 67, 4_418, 0],
    [26_139, 2_601, 2_804, 2_798, 2_534, 7_357, 23, 2_241, 101, 39, 21, 22, 1_192, 1],
    [21_355, 2_491, 2_648, 2_645, 2_422, 5_956, 17, 2_206, 81, 36, 16, 16, 552, 1],
    [22_121, 2_472, 2_677, 2_676, 2_436, 6_291, 17, 2_209, 75, 25, 15, 15, 725, 1],
    [22_496, 2_493, 2_680, 2_677, 2_434, 6_226, 20, 2_179, 99, 39, 20, 20, 1_161, 0],
];

/// Sessions that put something in the cart, began a checkout or converted on that very day.
const ON_THE_DAY: [[u64; 3]; 7] = [
    [203, 90, 47],
    [221, 97, 54],
    [210, 93, 53],
    [102, 39, 21],
    [81, 36, 16],
    [75, 25, 15],
    [99, 39, 20],
];

#[test]
fn the_seven_days_have_the_published_numbers() {
    let Some(sample) = crate::sample::dir_or_not_run("the_seven_days_have_the_published_numbers")
    else {
        return;
    };
    let oracle = Oracle::new(sample_events(&sample), Settings::default());
    let first = NaiveDate::from_ymd_opt(2020, 12, 21).unwrap();
    let week = DateRange::new(first, NaiveDate::from_ymd_opt(2020, 12, 27).unwrap()).unwrap();
    let usd = |metrics: &Metrics| metrics.money.gross_revenue["USD"];
    for ((day, metrics), (facts, that_day)) in
        oracle.series(week).into_iter().zip(FACTS.iter().zip(ON_THE_DAY))
    {
        let on_day = |event: &&Event| event.date == day && event.name == "purchase";
        let purchase_events = oracle.events().iter().filter(on_day).count() as u64;
        let started = &metrics.started;
        let found = [
            metrics.events,
            metrics.total_users,
            metrics.sessions,
            started.sessions,
            started.engaged,
            metrics.page_views,
            purchase_events,
            metrics.new_users,
            started.cart,
            started.checkout,
            started.converted,
            metrics.purchases - metrics.purchases_without_id,
            u64::try_from(usd(&metrics)).unwrap(),
            metrics.purchases_without_id,
        ];
        assert_eq!(found, *facts, "{day}");
        let on_day = |test: &dyn Fn(&Event) -> bool| {
            let events = oracle.events().iter().filter(|event| event.date == day && test(event));
            events.filter_map(Event::session).collect::<BTreeSet<_>>().len() as u64
        };
        let found = [
            on_day(&|event| event.name == "add_to_cart"),
            on_day(&|event| event.name == "begin_checkout"),
            on_day(&|event| {
                let revenue = event.ecommerce.purchase_revenue.is_some();
                event.name == "purchase" && (event.transaction_id().is_some() || revenue)
            }),
        ];
        assert_eq!(found, that_day, "{day}, on that day");
    }
    let metrics = oracle.overview(week);
    assert_eq!(metrics.events, 219_293);
    assert_eq!(metrics.total_users, 19_145);
    assert_eq!(metrics.sessions, 22_094);
    assert_eq!(metrics.page_views, 62_255);
    assert_eq!((metrics.purchases, metrics.purchases_without_id), (254, 8));
    assert_eq!(usd(&metrics), Decimal::from(14_502));
    assert_eq!(metrics.new_users, 17_015);
    assert_eq!(metrics.returning_users, 3_530);
    assert_eq!(metrics.unattributed_events, 0);
    let locations = oracle.locations(week);
    assert_eq!(locations.into_iter().collect::<Vec<_>>(), [(UNASSIGNED.to_owned(), metrics)]);
}

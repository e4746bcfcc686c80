//! BigQuery is left alone while it is unwell, and tried with one call.

use std::sync::Arc;

use chrono::TimeDelta;
use common::kernel::Clock;
use common::net::{Breaker, BreakerSettings};
use data_service::adapters::bigquery::{ErrorClass, Warehouse};
use testkit::bigquery::{Fault, Injection, Route};

use crate::fixture::{DATASET, Fixture, TABLE};

fn breaker(fixture: &Fixture) -> Breaker {
    let settings = BreakerSettings {
        failures: 3,
        window: TimeDelta::seconds(60),
        open_for: TimeDelta::seconds(100),
    };
    Breaker::new("bigquery", settings, Arc::new(fixture.pause.clock.clone()))
}

#[tokio::test]
async fn an_open_circuit_holds_calls_back_until_one_probe_passes() {
    let fixture = Fixture::new(1).await;
    let warehouse = fixture.warehouse.clone().guarded_by(breaker(&fixture));
    fixture.server.inject(Injection::new(Fault::backend_error(503)).on(Route::TableGet).times(3));
    warehouse.table(DATASET, TABLE).await.unwrap();
    assert_eq!(fixture.requests(Route::TableGet), 4, "three failures and the probe");
    assert!(fixture.waits().iter().sum::<u64>() >= 100, "{:?}", fixture.waits());
}

#[tokio::test]
async fn an_open_circuit_is_a_typed_refusal_that_costs_no_call() {
    let fixture = Fixture::new(1).await;
    let circuit = breaker(&fixture);
    for _ in 0..3 {
        circuit.enter().unwrap().failed();
    }
    let soon = fixture.pause.clock.now() + TimeDelta::seconds(30);
    let warehouse = fixture.warehouse.clone().guarded_by(circuit).until(soon);
    let refused = warehouse.table(DATASET, TABLE).await.unwrap_err();
    assert_eq!((refused.class, refused.reason.as_str()), (ErrorClass::Transient, "circuitOpen"));
    assert_eq!(refused.retry_after.unwrap().as_secs(), 100);
    assert_eq!(fixture.requests(Route::TableGet), 0);
    assert_eq!(fixture.waits(), [0_u64; 0], "it does not wait for what comes too late");
}

#[tokio::test]
async fn one_tenants_missing_rights_do_not_open_the_circuit() {
    let fixture = Fixture::new(1).await;
    let circuit = breaker(&fixture);
    let warehouse = fixture.warehouse.clone().guarded_by(circuit.clone());
    for fault in [Fault::access_denied(), Fault::quota_exceeded(), Fault::billing_not_enabled()] {
        fixture.server.inject(Injection::new(fault).on(Route::TableGet));
        warehouse.table(DATASET, TABLE).await.unwrap_err();
    }
    circuit.enter().unwrap().succeeded();
}

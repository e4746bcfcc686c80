//! `footfall-dev demo`: everything up, a tour for each tenant, what to open, and down again.

use std::io::Write;
use std::time::Instant;

use anyhow::Context;
use common::kernel::DateRange;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use super::Folder;
use super::house::House;
use super::ports::Ports;
use super::stand_ins::{sample_dataset, shop, shop_dataset};
use super::tour::{Seen, Tenant};

/// How the demo is asked to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Verify and exit.
    pub once: bool,
    /// End with one line of JSON.
    pub json: bool,
    pub port_offset: u16,
    /// Start everything and stay, without going through the product.
    pub only_start: bool,
}

const OWNERS: [&str; 2] = ["demo-owner", "sample-owner"];

/// Runs the demo until a signal comes, or once.
///
/// # Errors
/// At the first thing that does not work.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let begun = Instant::now();
    let folder = Folder::open()?;
    let claim = folder.claim()?;
    let ports = Ports::with_offset(options.port_offset);
    ports.check()?;
    let mut stop = Signals::new()?;

    let shop = shop()?;
    let mut tenants = vec![demo_tenant(shop.days)];
    let mut datasets = vec![shop_dataset(tenants[0].dataset, &shop)];
    match crate::sample::dir() {
        Some(sample) => {
            let tenant = sample_tenant(shop.days);
            if let Some((dataset, range)) = sample_dataset(tenant.dataset, &sample)? {
                datasets.push(dataset);
                tenants.insert(0, Tenant { range, ..tenant });
            }
        }
        None => println!("FOOTFALL_SAMPLE_DATA is not set: the generated tenant only."),
    }

    println!("Starting Postgres, development stand-ins and the three services …");
    let house = tokio::select! {
        house = House::start(&folder, ports, &OWNERS, datasets) => house?,
        () = stop.any() => return Ok(()),
    };
    write_master_data(&house, &shop)?;
    let toured = async {
        let mut seen = Vec::new();
        for tenant in tenants.iter().filter(|_| !options.only_start) {
            seen.push(tenant.tour(&house, false).await.context(tenant.name)?);
        }
        anyhow::Ok(seen)
    };
    let seen = tokio::select! {
        seen = toured => seen,
        () = stop.any() => {
            tokio::task::spawn_blocking(move || house.stop()).await??;
            return Ok(());
        }
    };
    let peak = house.process("data-service work").and_then(|process| process.peak_memory());
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => {
            let _ = tokio::task::spawn_blocking(move || house.stop()).await?;
            return Err(error);
        }
    };
    println!("\nReady after {:.0} s.", begun.elapsed().as_secs_f64());
    if !options.once {
        print_what_to_open(&house, ports);
        stop.any().await;
        println!("\nStopping …");
    }
    let drained = tokio::task::spawn_blocking(move || house.stop()).await??;
    for (name, took) in drained {
        println!("  {name:26} drained in {} ms", took.as_millis());
    }
    drop(claim);
    if options.json
        && let Some(first) = seen.first()
    {
        println!("{}", summary(first, peak));
    }
    std::io::stdout().flush()?;
    Ok(())
}

fn demo_tenant(range: DateRange) -> Tenant {
    Tenant {
        slug: "demo",
        name: "Demo (generated shop)",
        owner: OWNERS[0],
        time_zone: "Europe/Berlin",
        currency: "EUR",
        property_id: 1,
        dataset: "analytics_1",
        range,
        master_data: true,
    }
}

fn sample_tenant(range: DateRange) -> Tenant {
    Tenant {
        slug: "sample",
        name: "Sample (real GA4 days)",
        owner: OWNERS[1],
        time_zone: "UTC",
        currency: "USD",
        property_id: 2,
        dataset: "analytics_2",
        range,
        master_data: false,
    }
}

fn write_master_data(house: &House, shop: &crate::ga4::generator::Generator) -> anyhow::Result<()> {
    let (mut customers, mut locations) = (Vec::new(), Vec::new());
    shop.write_customers(&mut customers)?;
    shop.write_locations(&mut locations)?;
    house.stand_ins.sftp.put("customers.csv", &customers)?;
    house.stand_ins.sftp.put("locations.csv", &locations)?;
    Ok(())
}

fn print_what_to_open(house: &House, ports: Ports) {
    let port = |port| ports.at(port);
    println!(
        "  log in              http://localhost:{}/auth/v1/login?return_to=/auth/v1/me",
        port(8003)
    );
    println!("  who am I            http://localhost:{}/auth/v1/me", port(8003));
    println!("  API of auth         http://localhost:{}/auth/docs", port(8003));
    println!("  API of data         http://localhost:{}/data/docs", port(8002));
    println!("  API of analytics    http://localhost:{}/analytics/docs", port(8001));
    println!("  reports as pages    {}", house.mails.display());
    println!("  mails (.eml)        {}", house.stand_ins.mails(&house.mails).display());
    println!("  stop                Ctrl-C, or `cargo xtask down` elsewhere");
}

fn summary(seen: &Seen, peak: Option<u64>) -> Value {
    let metrics = &seen.overview["metrics"];
    json!({
        "tenant": seen.tenant,
        "events": metrics["events"]["value"],
        "sessions": metrics["sessions"]["value"],
        "purchases": metrics["purchases"]["value"],
        "gross_revenue": metrics["gross_revenue"]["value"],
        "emails_sent": seen.emails_sent,
        "ingest_seconds": (seen.ingest.as_secs_f64() * 10.0).round() / 10.0,
        "peak_rss_mb": peak.map(|bytes| bytes / (1 << 20)),
    })
}

/// Ctrl-C and SIGTERM.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

//! `report preview` and `report send`.

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use common::boot::Running;
use common::db::{Db, sql};
use common::kernel::{DateRange, TenantId, TenantScope};

use crate::app::reports::{BranchReportRequest, BranchReports, Period, compose, request};
use crate::config::Config;

/// What to do with a branch report.
#[derive(Debug, Subcommand)]
pub enum ReportVerb {
    /// Print the report as it would be sent.
    Preview {
        #[command(flatten)]
        report: Report,
        #[arg(long, value_enum, default_value = "text")]
        format: Form,
    },
    /// Store a job that sends the report; a worker does it.
    Send {
        #[command(flatten)]
        report: Report,
        /// E-mail address; the location's own when left out.
        #[arg(long)]
        recipient: Option<String>,
    },
}

/// Which report.
#[derive(Debug, Args)]
pub struct Report {
    /// Slug of the tenant.
    #[arg(long)]
    tenant: String,
    /// Location code.
    #[arg(long)]
    location: String,
    /// First local day, YYYY-MM-DD.
    #[arg(long)]
    first: NaiveDate,
    /// Last local day, inclusive.
    #[arg(long)]
    last: NaiveDate,
    /// GA4 property number; needed when the tenant has several.
    #[arg(long)]
    property: Option<i64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Form {
    Html,
    Text,
}

impl Report {
    fn period(&self) -> anyhow::Result<Period> {
        Ok(Period {
            property_id: self.property,
            location: self.location.clone(),
            range: DateRange::new(self.first, self.last)?,
        })
    }
}

pub(super) async fn execute(running: Running<Config>, verb: ReportVerb) -> anyhow::Result<()> {
    let now = running.clock.now();
    match verb {
        ReportVerb::Preview { report, format } => {
            let scope = operator_scope(&running.db, &report.tenant).await?;
            let mut tx = running.db.tenant(&scope).await?;
            let composed = compose(&mut tx, &report.period()?, now).await?;
            let rendered = BranchReports::new()?.render(&composed.report)?;
            match format {
                Form::Html => print!("{}", rendered.html),
                Form::Text => print!("Subject: {}\n\n{}", rendered.subject, rendered.text),
            }
        }
        ReportVerb::Send { report, recipient } => {
            let scope = operator_scope(&running.db, &report.tenant).await?;
            let asked = BranchReportRequest {
                period: report.period()?,
                recipient,
                actor: "cli".to_owned(),
            };
            let mut tx = running.db.tenant(&scope).await?;
            let requested = request(&mut tx, &asked, now).await?;
            tx.commit().await?;
            println!("report run {} in job {}", requested.run, requested.job);
        }
    }
    Ok(())
}

/// Someone with a shell here and the database password acts for any tenant they name.
#[expect(clippy::disallowed_methods, reason = "an administrative verb names its tenant")]
async fn operator_scope(db: &Db, slug: &str) -> anyhow::Result<TenantScope> {
    let mut tx = db.lookup().await?;
    let found: Option<uuid::Uuid> =
        sql::query_scalar("SELECT tenant_id FROM tenant WHERE slug = $1")
            .bind(slug)
            .fetch_optional(tx.conn())
            .await
            .context("looking up the tenant")?;
    match found {
        Some(id) => Ok(TenantScope::for_operator(TenantId::from_uuid(id))),
        None => bail!("there is no tenant `{slug}`"),
    }
}

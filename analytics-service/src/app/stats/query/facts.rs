//! Answers from sessions, events and single facts.

use common::db::TenantTx;
use common::kernel::{DateRange, saturating_i64};

use super::slots::slots;
use super::{Asked, StatsError};
use crate::domain::abandonment::AbandonmentRule;
use crate::domain::counted::{MOST_ROWS, TooManyRows};
use crate::domain::query::channel::channel;
use crate::domain::query::{Class, Dimension, Source, Span};
use crate::store::breakdown_rollup;
use crate::store::query::{
    Counted, Cut, Frame, VisitorRule, add_carts, add_events, add_items, add_purchases, add_refunds,
    add_search_sessions, add_searches, add_sessions, add_visitors,
};

pub(super) async fn count(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
    cut: Option<Cut>,
    counted: &mut Counted,
) -> Result<(), StatsError> {
    let (basis, query, plan) = (asked.basis, asked.query, asked.plan);
    let single = matches!(plan.base, Some(Source::SessionDay | Source::Event));
    if !single && !plan.search_sessions && !plan.carts && !plan.visitors {
        return Ok(());
    }
    let slots = slots(query, range, spans, basis.zone);
    let channels = channels(tx, asked, range).await?;
    let frame = Frame {
        tenant: tx.tenant(),
        property_id: basis.property_id,
        query,
        range,
        spans,
        slots: &slots,
        channels: &channels,
        cut,
    };
    let currency = basis.settings.currency.to_string();
    let needs = |classes: &[Class]| single && classes.iter().any(|class| query.needs(*class));
    let items = query.touched().any(Dimension::of_item);
    if needs(&[Class::Sessions, Class::Users, Class::Activity]) {
        match plan.base {
            Some(Source::Event) => add_events(tx, &frame, counted).await?,
            _ => add_sessions(tx, &frame, counted).await?,
        }
    }
    counted.check()?;
    if items {
        add_items(tx, &frame, counted).await?;
    } else if needs(&[Class::Purchases, Class::Units]) {
        add_purchases(tx, &frame, &currency, counted).await?;
    }
    if needs(&[Class::Refunds]) {
        add_refunds(tx, &frame, &currency, counted).await?;
    }
    if needs(&[Class::Searches]) {
        add_searches(tx, &frame, counted).await?;
    }
    let thresholds = basis.settings.thresholds;
    if plan.search_sessions {
        add_search_sessions(tx, &frame, thresholds.unconverted_searches.into(), counted).await?;
    }
    if plan.visitors {
        let rule = VisitorRule {
            sessions: thresholds.repeat_visitor_sessions.into(),
            page_views: thresholds.hot_visitor_page_views.into(),
        };
        add_visitors(tx, &frame, rule, counted).await?;
    }
    if let Some(through) = basis.freshness.data_through.filter(|_| plan.carts) {
        let settings = &basis.settings;
        let (grace, window) = (settings.cart_grace, settings.abandon_window);
        let rule = AbandonmentRule::new(through.to_utc(), grace, window);
        add_carts(tx, &frame, rule, &currency, counted).await?;
    }
    Ok(())
}

/// Each kind of traffic of the range with its group, when one is asked for.
async fn channels(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
) -> Result<Vec<[String; 4]>, StatsError> {
    if !asked.query.touched().any(|dimension| dimension == Dimension::ChannelGroup) {
        return Ok(Vec::new());
    }
    let most = saturating_i64(MOST_ROWS + 1);
    let traffic = breakdown_rollup::traffic(tx, asked.basis.property_id, &range, most).await?;
    if traffic.len() > MOST_ROWS {
        return Err(TooManyRows.into());
    }
    let grouped = |(source, medium, campaign): (String, String, String)| {
        let group = channel(asked.channels, &source, &medium, &campaign).to_owned();
        [source, medium, campaign, group]
    };
    Ok(traffic.into_iter().map(grouped).collect())
}

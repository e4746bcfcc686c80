//! The changes, oldest first.

use sea_orm_migration::prelude::*;

/// One change: a name that sorts, the way there and the way back.
macro_rules! change {
    ($name:literal, up: $up:expr, down: $down:expr $(,)?) => {
        #[derive(Debug)]
        pub(crate) struct Change;

        impl sea_orm_migration::MigrationName for Change {
            fn name(&self) -> &str {
                $name
            }
        }

        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Change {
            async fn up(
                &self,
                manager: &sea_orm_migration::SchemaManager,
            ) -> Result<(), sea_orm_migration::DbErr> {
                super::run(manager, $up).await
            }

            async fn down(
                &self,
                manager: &sea_orm_migration::SchemaManager,
            ) -> Result<(), sea_orm_migration::DbErr> {
                super::run(manager, $down).await
            }
        }
    };
}

mod m01_tenant;
mod m02_identity;
mod m03_connection;
mod m04_job;
mod m05_log;
mod m06_property;
mod m07_event;
mod m08_session;
mod m09_rollup;
mod m10_master_data;
mod m11_report;
mod m12_access;
mod m15_statistics;
mod m16_ingestion;
mod m24_job_control;
mod m32_origin;
mod m34_query_cost;
mod m35_statistics;
mod m37_files;
mod m42_event_partition;
mod m43_daily_missing;
mod m44_param_drift;
mod m45_day_columns;
mod m46_fact_references;
mod m47_new_facts;
mod m48_staging_by_load;
mod m50_sets;
mod m51_rollup_counts;
mod m53_action_item;
mod m54_webhook;
mod m55_job_history;
mod m56_close_load;

pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m01_tenant::Change),
        Box::new(m02_identity::Change),
        Box::new(m03_connection::Change),
        Box::new(m04_job::Change),
        Box::new(m05_log::Change),
        Box::new(m06_property::Change),
        Box::new(m07_event::Change),
        Box::new(m08_session::Change),
        Box::new(m09_rollup::Change),
        Box::new(m10_master_data::Change),
        Box::new(m11_report::Change),
        Box::new(m12_access::Change),
        Box::new(m15_statistics::Change),
        Box::new(m16_ingestion::Change),
        Box::new(m24_job_control::Change),
        Box::new(m32_origin::Change),
        Box::new(m34_query_cost::Change),
        Box::new(m35_statistics::Change),
        Box::new(m37_files::Change),
        Box::new(m42_event_partition::Change),
        Box::new(m43_daily_missing::Change),
        Box::new(m44_param_drift::Change),
        Box::new(m45_day_columns::Change),
        Box::new(m46_fact_references::Change),
        Box::new(m47_new_facts::Change),
        Box::new(m48_staging_by_load::Change),
        Box::new(m50_sets::Change),
        Box::new(m51_rollup_counts::Change),
        Box::new(m53_action_item::Change),
        Box::new(m54_webhook::Change),
        Box::new(m55_job_history::Change),
        Box::new(m56_close_load::Change),
    ]
}

#[expect(clippy::disallowed_methods, reason = "schema changes are the raw text that is allowed")]
async fn run(manager: &SchemaManager<'_>, sql: impl AsRef<str> + Send) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(sql.as_ref()).await.map(|_| ())
}

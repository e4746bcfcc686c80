//! Statements as they are executed, and the plans that Postgres executes them by.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use common::db::sql::Text;
use common::db::{Db, TenantTx};
use sqlx::Executor;
use testkit::db::ServiceLogin;
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::Site;

/// Makes every statement of the database's later connections tell its plan to whoever executes it.
const TOLD: [&str; 3] = [
    "session_preload_libraries = 'auto_explain'",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_level = 'notice'",
];

/// Collects what the statements of this thread tell.
pub struct Explained {
    told: Arc<Mutex<Vec<String>>>,
    _here: DefaultGuard,
}

impl Explained {
    /// Connections of the service's own login, and what hears their plans.
    pub async fn connect(site: &mut Site) -> (Db, Self) {
        for setting in TOLD {
            let alter = format!("ALTER DATABASE {} SET {setting}", site.test_db.name());
            site.owner.execute(Text::trusted(alter)).await.unwrap();
        }
        let told = Arc::default();
        let heard = tracing_subscriber::registry().with(Notices(Arc::clone(&told)));
        let here = tracing::subscriber::set_default(heard);
        (site.test_db.connect(ServiceLogin::Analytics).await, Self { told, _here: here })
    }

    /// The statements with their plans since the last call.
    pub async fn take(&self, tx: &mut TenantTx) -> Vec<String> {
        // The last plan is told when its statement is closed, which the next one waits for.
        tx.conn().execute("SELECT 1").await.unwrap();
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        told.into_iter().filter(|plan| !plan.contains("Query Text: SELECT 1\n")).collect()
    }
}

struct Notices(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Notices {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        if message.0.contains("Query Text: ") {
            self.0.lock().unwrap().push(message.0);
        }
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            write!(self.0, "{value:?}").unwrap();
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.0.push_str(value);
        }
    }
}

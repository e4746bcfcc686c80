//! `POST /dead-letters/{id}/redrive`.

use common::audit;
use common::auth::Authenticated;
use common::http::{Accepted, ApiResult, Begun, Idempotency};
use common::jobs::{JobState, dead_letter};
use common::kernel::DeadLetterId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use crate::error::Refused;
use crate::http::jobs::location;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct RedriveDeadLetter(pub State);

#[OpenApi(tag = "Tag::DeadLetters")]
impl RedriveDeadLetter {
    /// Redrive a dead letter
    ///
    /// Its step runs again under the same id, in the same job, with all its attempts. The answer names the job. A step
    /// that waits, runs or is done is not redriven.
    #[oai(
        path = "/dead-letters/:id/redrive",
        method = "post",
        operation_id = "redrive_dead_letter"
    )]
    async fn redrive(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
    ) -> ApiResult<Accepted> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        if let Begun::Replayed(answer) = idempotency.begin(&mut tx).await? {
            return Accepted::replay(answer);
        }
        let letter = DeadLetterId::from_uuid(id.0);
        let job = dead_letter::redrive(&mut tx, letter).await.map_err(Refused::from)?;
        let (actor, object) = (caller.0.actor(), format!("dead_letter:{letter}"));
        let entry = audit::Entry::done(&actor, "dead_letter.redriven", &object);
        audit::record(&mut tx, &entry).await?;
        let accepted = Accepted::new(job, JobState::Running.as_str(), location(job));
        idempotency.remember(&mut tx, &accepted.stored()?).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}

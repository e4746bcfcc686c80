//! `POST /dead-letters/redrive`.

use common::audit;
use common::auth::Authenticated;
use common::http::{ApiError, ApiResult};
use common::jobs::dead_letter::{self, DeadLetterFilter, RedriveError};
use common::kernel::{DeadLetterId, JobId};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;
use uuid::Uuid;

use crate::error::redrive_code;
use crate::http::{State, Tag};

/// Redriven by one request; the answer tells whether there may be more.
const MOST: usize = 200;

#[derive(Debug)]
pub struct RedriveDeadLetters(pub State);

/// Which ones: either by id or by filter.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct RedriveRequest {
    #[oai(validator(min_items = 1, max_items = 200))]
    pub ids: Option<Vec<Uuid>>,
    pub filter: Option<RedriveFilter>,
}

/// All open ones that fit; an empty filter means all open ones.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct RedriveFilter {
    /// Kind of step.
    #[oai(validator(max_length = 100))]
    pub kind: Option<String>,
    /// Code of the last error.
    #[oai(validator(max_length = 100))]
    pub code: Option<String>,
}

/// What became of each.
#[derive(Debug, Object)]
pub struct RedriveAnswer {
    pub redriven: Vec<Redriven>,
    pub refused: Vec<RedriveRefusal>,
    /// The request was full: another one may find more.
    pub more: bool,
}

#[derive(Debug, Object)]
pub struct Redriven {
    pub id: Uuid,
    pub job_id: Uuid,
}

#[derive(Debug, Object)]
pub struct RedriveRefusal {
    pub id: Uuid,
    /// `not_found`, `step_live`, `step_done`, `job_gone` or `newer_job_live`.
    pub code: String,
    pub detail: String,
}

type Outcomes = Vec<(DeadLetterId, Result<JobId, RedriveError>)>;

#[OpenApi(tag = "Tag::DeadLetters")]
impl RedriveDeadLetters {
    /// Redrive several dead letters
    ///
    /// By id, or up to 200 open ones by filter, newest first. One that cannot be redriven keeps none of the others from
    /// it.
    #[oai(path = "/dead-letters/redrive", method = "post", operation_id = "redrive_dead_letters")]
    async fn redrive(
        &self,
        caller: Authenticated,
        body: Json<RedriveRequest>,
    ) -> ApiResult<Json<RedriveAnswer>> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let outcomes = match body.0 {
            RedriveRequest { ids: Some(ids), filter: None } => {
                let mut outcomes = Outcomes::with_capacity(ids.len());
                for id in ids.into_iter().map(DeadLetterId::from_uuid) {
                    match dead_letter::redrive(&mut tx, id).await {
                        Err(RedriveError::Db(error)) => return Err(error.into()),
                        outcome => outcomes.push((id, outcome)),
                    }
                }
                outcomes
            }
            RedriveRequest { ids: None, filter: Some(RedriveFilter { kind, code }) } => {
                let filter = DeadLetterFilter { kind, code, open: true };
                dead_letter::redrive_all(&mut tx, &filter, MOST as i64).await?
            }
            _ => {
                let detail = "give either `ids` or `filter`";
                return Err(ApiError::invalid_field("", "one_of", detail));
            }
        };
        let answer = answer(outcomes);
        let ids: Vec<Uuid> = answer.redriven.iter().map(|redriven| redriven.id).collect();
        let actor = caller.0.actor();
        let entry = audit::Entry {
            detail: json!({ "redriven": ids }),
            ..audit::Entry::done(&actor, "dead_letter.redriven", "dead_letter")
        };
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Json(answer))
    }
}

fn answer(outcomes: Outcomes) -> RedriveAnswer {
    let more = outcomes.len() == MOST;
    let mut answer = RedriveAnswer { redriven: Vec::new(), refused: Vec::new(), more };
    for (id, outcome) in outcomes {
        let id = id.uuid();
        match outcome {
            Ok(job) => answer.redriven.push(Redriven { id, job_id: job.uuid() }),
            Err(error) => {
                let (code, detail) = (redrive_code(&error).to_owned(), error.to_string());
                answer.refused.push(RedriveRefusal { id, code, detail });
            }
        }
    }
    answer
}

//! What the endpoints share.

use common::db::Db;
use common::http::cursor::CursorKey;
use common::kernel::SharedClock;

use super::{AnswerCache, Limits, Turns};
use crate::app::reports::BranchReports;
use crate::app::stats::BasisCache;
use crate::app::test_mail::MailTester;

/// One for a process.
#[derive(Debug)]
pub struct Services {
    pub db: Db,
    pub clock: SharedClock,
    pub cache: AnswerCache,
    pub basis: BasisCache,
    pub cursor_key: CursorKey,
    pub limits: Limits,
    pub turns: Turns,
    pub reports: BranchReports,
    pub mail_tester: MailTester,
}

//! `/data/v1/dead-letters`: steps that used up their attempts.

mod list;
mod redrive;
mod redrive_many;
mod resource;
mod show;

pub use list::ListDeadLetters;
pub use redrive::RedriveDeadLetter;
pub use redrive_many::RedriveDeadLetters;
pub use show::ShowDeadLetter;

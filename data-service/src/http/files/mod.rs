//! `/data/v1/files`: which files were seen, what became of them, and the rows that were left out.

mod list;
mod rejects;
mod rejects_csv;
mod resource;
mod show;

pub use list::ListFiles;
pub use rejects::ListRejects;
pub use rejects_csv::DownloadRejects;
pub use show::ShowFile;

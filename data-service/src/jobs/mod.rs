//! The kinds of steps this service runs, one a file.

mod load_customers;
mod load_locations;
mod master_data;

pub use load_customers::LoadCustomers;
pub use load_locations::LoadLocations;
pub use master_data::MasterData;

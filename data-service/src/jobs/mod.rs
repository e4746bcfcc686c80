//! The kinds of steps this service runs, one a file.

mod attempt;
mod failure;
mod find_shards;
mod load_customers;
mod load_locations;
mod load_shard;

pub use find_shards::{FindShards, FindShardsPayload};
pub use load_customers::LoadCustomers;
pub use load_locations::LoadLocations;
pub use load_shard::{LoadShard, LoadShardPayload};

//! The product on one machine, for development and for a first look: an embedded Postgres, the
//! three services as six processes, and stand-ins for everything outside.

mod api;
pub mod demo;
pub mod down;
mod folder;
mod house;
mod ports;
mod process;
mod services;
mod stand_ins;
mod table;
mod tour;

pub use api::{Api, client};
pub use folder::Folder;
pub use house::House;
pub use ports::Ports;
pub use services::binary;
pub use stand_ins::{PROJECT, sample_dataset, shop, shop_dataset};
pub use tour::Tenant;

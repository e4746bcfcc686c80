//! The shop's customers and branches as the files its ERP would drop.

use std::io::{self, Write};

use super::Generator;
use super::population::{branch_code, customer_code, home_branch, user_id};

impl Generator {
    /// `customers.csv`: code, name, email, phone, location_code, user_id.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_customers(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "code,name,email,phone,location_code,user_id")?;
        for customer in 0..self.customers {
            let number = customer + 1;
            writeln!(
                out,
                "{},Customer {number:04},customer{number:04}@customers.example,+49 000 {number:07},{},{}",
                customer_code(customer),
                branch_code(home_branch(self, customer)),
                user_id(customer, 1),
            )?;
        }
        Ok(())
    }

    /// `locations.csv`: code, name, city, email, time_zone.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_locations(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "code,name,city,email,time_zone")?;
        for branch in 0..self.branches {
            let code = branch_code(branch);
            writeln!(
                out,
                "{code},Branch {code},City {code},branch{code}@branches.example,{}",
                self.zone.name(),
            )?;
        }
        Ok(())
    }
}

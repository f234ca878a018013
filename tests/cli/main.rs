//! Tests of the program from outside: stdout, stderr, exit codes and files of every command.

#![allow(clippy::print_stdout, reason = "the last printed case is the one that failed")]

#[path = "../support/mod.rs"]
mod support;

mod allow;
mod browser;
mod choice;
mod configuration;
mod damage;
mod doctor;
mod encryption;
mod exec;
mod help;
mod look;
mod menu;
mod page;
mod paste;
mod questions;
mod recovery;
mod signals;
mod signin;
mod signout;
mod status;
mod store;
mod streams;
mod surroundings;
mod terminal;
mod token;
mod unattended;
mod usage;
mod ways;
mod world;

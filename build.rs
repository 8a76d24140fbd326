//! Tells the program which compiler builds it, for `callsurge_build_info`.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("--version").output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    // `rustc 1.92.0 (…)`: the second word.
    if let Some(version) = said.ok().as_deref().and_then(|said| said.split_whitespace().nth(1)) {
        println!("cargo::rustc-env=CALLSURGE_RUSTC={version}");
    }
}

//! The binary `tandem`.

/// Every request makes and drops some hundred small objects, on whatever thread has time: that is what this allocator is for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tandem::cli::run()
}

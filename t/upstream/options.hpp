#pragma once

// The command line of mmx-upstream.

#include <cstdint>
#include <string>

namespace upstream {

struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: a free one
    std::string tls_cert, tls_key;
    std::string master_key_file;  // empty: any key will do
    std::string ledger;           // empty: kept in memory only
    bool ledger_fsync = false;
    bool show_keys = false;  // echo_headers shows keys whole, not their digests
};

// Throws std::invalid_argument with a sentence for the user. `--help` is left to main.
Options parse_options(int argc, char** argv);

extern const char usage_text[];

}  // namespace upstream

#include "options.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace upstream {

const char usage_text[] =
    "usage: mmx-upstream [--listen ADDRESS:PORT] [option…]\n"
    "\n"
    "Answers like the MiniMax API. README.md beside the source lists the switches.\n"
    "\n"
    "  --listen ADDRESS:PORT   default 127.0.0.1:0; port 0 takes a free one. The address is\n"
    "                          printed as `listening on ADDRESS:PORT` when connections are taken\n"
    "  --tls-cert FILE         speak TLS with this certificate chain (PEM) …\n"
    "  --tls-key FILE          … and this key\n"
    "  --master-key-file FILE  accept only the keys in FILE, one a line; others get MiniMax's 401\n"
    "  --ledger FILE           append a line of JSON per event to FILE\n"
    "  --ledger-fsync          fsync each line\n"
    "  --show-keys             the echo_headers switch shows keys whole, not their SHA-256\n"
    "  --help                  this text\n";

namespace {

void set_listen(Options& options, std::string_view value)
{
    const std::size_t colon = value.rfind(':');
    const std::string_view port = value.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
    if (colon == std::string_view::npos || error != std::errc{} ||
        end != port.data() + port.size()) {
        throw std::invalid_argument("--listen wants ADDRESS:PORT, as in 127.0.0.1:9000");
    }
    options.address = value.substr(0, colon);
}

struct TextOption {
    std::string_view name;
    std::string Options::*value;
};
constexpr TextOption text_options[] = {
    {"--tls-cert", &Options::tls_cert},
    {"--tls-key", &Options::tls_key},
    {"--master-key-file", &Options::master_key_file},
    {"--ledger", &Options::ledger},
};

struct Flag {
    std::string_view name;
    bool Options::*value;
};
constexpr Flag flags[] = {
    {"--ledger-fsync", &Options::ledger_fsync},
    {"--show-keys", &Options::show_keys},
};

bool set_flag(Options& options, std::string_view name)
{
    for (const Flag& flag : flags) {
        if (flag.name == name) {
            options.*flag.value = true;
            return true;
        }
    }
    return false;
}

void set_value(Options& options, std::string_view name, std::string_view value)
{
    if (name == "--listen") {
        return set_listen(options, value);
    }
    for (const TextOption& option : text_options) {
        if (option.name == name) {
            options.*option.value = value;
            return;
        }
    }
    throw std::invalid_argument("no such option: " + std::string(name));
}

}  // namespace

Options parse_options(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; i++) {
        const std::string_view name = argv[i];
        if (set_flag(options, name)) {
            continue;
        }
        set_value(options, name, i + 1 < argc ? argv[i + 1] : "");
        if (++i == argc) {
            throw std::invalid_argument(std::string(name) + " wants a value");
        }
    }
    if (options.tls_cert.empty() != options.tls_key.empty()) {
        throw std::invalid_argument("--tls-cert and --tls-key go together");
    }
    return options;
}

}  // namespace upstream

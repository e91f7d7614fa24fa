#pragma once

// Whose fault an error answer of MiniMax is: decided by its status and the code in its body.
//
//     const UpstreamError error = read_upstream_error(402, R"({"error":{"message":"… (1008)"}})");
//     error.fault == UpstreamFault::account, error.code == 1008
//
// Source of the codes: MiniMax's table of error codes and its error answers as they were seen.

#include <string_view>

namespace mmx {

enum class UpstreamFault {
    client,   // the request was wrong: charged
    server,   // MiniMax failed, or was too busy: refunded
    account,  // it refuses the master key, its plan or its balance: refunded, and the operator's
    no_path,  // it has nothing at that address: refunded
};

struct UpstreamError {
    int code = 0;            // MiniMax's, such as 1008; 0: none was told
    bool described = false;  // the body was an object with `error` or `base_resp` in it
    UpstreamFault fault = UpstreamFault::client;
};

// status: 400 and above. body: its beginning, as far as it was read; a cut one gives what stands in
// it. The code is base_resp.status_code, else the `(NNNN)` that closes error.message.
UpstreamError read_upstream_error(int status, std::string_view body);

// The same where there is no body to read, or none was read.
UpstreamFault fault_of(int status, int code, bool described) noexcept;

}  // namespace mmx

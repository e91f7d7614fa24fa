#include "cli/reseal.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/secret_files.hpp"
#include "cli/context.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "store/resealing.hpp"

namespace mmx::admin {
namespace {

// One that brings other names would make every gateway key and API token a stranger.
void require_fit(const Secrets& to, const Secrets& before, const std::string& path)
{
    if (to.is_same(before)) {
        throw Error(ErrorCode::invalid_argument,
                    path + " holds the secret that is in use: name a file that is not there yet");
    }
    if (!to.names_like(before)) {
        throw Error(ErrorCode::invalid_argument,
                    path + " was not made for this move, and would know no key and no token: name "
                           "a file that is not there yet, and it is made");
    }
}

std::string reseal_text(const std::string& path, bool made, const Resealed& resealed,
                        const AuditReport& trail)
{
    const SealedCount& count = resealed.count;
    Table table({"secret file", path + (made ? ", made" : ", there already")});
    table.add({"sealed anew", std::to_string(resealed.anew) + " values" +
                                  (resealed.resumed ? ", the others by an earlier run" : "")});
    table.add({"sessions ended", std::to_string(resealed.sessions)});
    table.add({"opens under it", std::to_string(count.of(SealedKind::key)) + " keys, " +
                                     std::to_string(count.of(SealedKind::account)) + " accounts, " +
                                     std::to_string(count.of(SealedKind::token)) + " API tokens"});
    table.add({"does not open", count.unopened == 0 ? "nothing"
                                                    : std::to_string(count.unopened) +
                                                          " values: see `mmx-admind check`"});
    table.add({"audit trail", trail.fault.empty()
                                  ? "holds, " + std::to_string(trail.entries) + " entries"
                                  : trail.fault});
    return table.text();
}

}  // namespace

int run_reseal(Context& context, const Invocation& invocation)
{
    const std::string& path = invocation.argument;
    const std::string group = group_option(invocation);
    const Secrets& before = context.secrets();
    // Nothing is made where nothing can be moved.
    const bool there = secret_file_exists(path);
    if (!there) {
        context.store();
    }
    const bool made = make_secret_file(path, group, &before);
    const Secrets to = Secrets::load(path);
    require_fit(to, before, path);
    const Resealed resealed = Resealing(context.raw_store(), to).run();
    Store after(context.redis(), to, cli_actor());
    const AuditReport trail = AuditTrail(after).verify();
    context.print(reseal_json(path, made, resealed, trail),
                  reseal_text(path, made, resealed, trail) + "Now put " + path +
                      " in the place of " + context.config().secret_file +
                      " on every machine, reload nginx and restart mmx-admind.\n"
                      "Until then the gateway answers 503 and the daemon changes nothing.\n");
    return resealed.count.unopened == 0 && trail.fault.empty() ? 0 : 1;
}

}  // namespace mmx::admin

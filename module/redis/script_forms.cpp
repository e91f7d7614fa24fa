#include "redis/script_forms.hpp"

#include <array>

#include "base/ngx.hpp"
#include "lib/scripts/scripts.hpp"

namespace mmx::gate {
namespace {

struct Form {
    bool loaded, flags;
};
constexpr std::array<Form, 4> forms = {{{.loaded = true, .flags = true},
                                        {.loaded = true, .flags = false},
                                        {.loaded = false, .flags = true},
                                        {.loaded = false, .flags = false}}};

// What EVAL is tried with: it does nothing.
constexpr std::string_view trial = "return 1";

std::string in_form(const Form& form, std::string_view script)
{
    return std::string(form.flags ? scripts::allow_oom : std::string_view{}).append(script);
}

// The name that Redis gives a script: where nothing is loaded, nothing says it.
std::string sha_of(std::string_view text)
{
    ngx_sha1_t sha1;
    std::array<u_char, 20> digest;
    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, text.data(), text.size());
    ngx_sha1_final(digest.data(), &sha1);

    std::string hex(2 * digest.size(), '0');
    ngx_hex_dump(reinterpret_cast<u_char*>(hex.data()), digest.data(), digest.size());
    return hex;
}

}  // namespace

void ScriptForms::restart()
{
    form_ = 0;
    make();
}

bool ScriptForms::next()
{
    if (form_ + 1 == forms.size()) {
        return false;
    }
    ++form_;
    make();
    return true;
}

void ScriptForms::append_trial(std::string& out) const
{
    if (forms[form_].loaded) {
        resp::append_command(out, {"SCRIPT", "LOAD", commit_.text});
    } else {
        resp::append_command(out, {"EVAL", in_form(forms[form_], trial), "0"});
    }
}

std::size_t ScriptForms::append_rest(std::string& out) const
{
    if (!forms[form_].loaded) {
        return 0;
    }
    resp::append_command(out, {"SCRIPT", "LOAD", total_.text});
    resp::append_command(out, {"SCRIPT", "LOAD", recall_.text});
    return 2;
}

void ScriptForms::make()
{
    for (auto [script, text] :
         {std::pair{&commit_, scripts::commit}, std::pair{&total_, scripts::total},
          std::pair{&recall_, scripts::recall}}) {
        script->text = in_form(forms[form_], text);
        script->sha = sha_of(script->text);
    }
}

}  // namespace mmx::gate

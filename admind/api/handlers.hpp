#pragma once

// The admin API's handlers, in the order of the table in routes.cpp. Each reads what was sent,
// calls the store and answers; openapi.yaml says what with. They throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response get_health(Call& call);
Response get_setup(Call& call);
Response set_up(Call& call);
Response get_session(Call& call);
Response log_in(Call& call);
Response log_out(Call& call);
Response change_own_password(Call& call);
Response list_sessions(Call& call);
Response end_session(Call& call);
Response list_users(Call& call);
Response add_user(Call& call);
Response change_user(Call& call);
Response delete_user(Call& call);
Response list_tokens(Call& call);
Response create_token(Call& call);
Response delete_token(Call& call);
Response get_check(Call& call);
Response get_overview(Call& call);
Response get_usage(Call& call);
Response export_usage(Call& call);
Response list_keys(Call& call);
Response create_keys(Call& call);
Response export_keys(Call& call);
Response find_by_key(Call& call);
Response change_keys(Call& call);
Response get_key(Call& call);
Response change_key(Call& call);
Response delete_key(Call& call);
Response reveal_key(Call& call);
Response rotate_key(Call& call);
Response get_key_usage(Call& call);
Response export_key_usage(Call& call);
Response get_master(Call& call);
Response set_master(Call& call);
Response test_master(Call& call);
Response get_settings(Call& call);
Response change_settings(Call& call);
Response list_audit(Call& call);
Response verify_audit(Call& call);
Response look_up_usage(Call& call);

}  // namespace mmx::admin

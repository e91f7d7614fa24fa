#include "server/lua.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <lua.hpp>
#include <stdexcept>
#include <vector>

namespace mmx::simulation {
namespace {

constexpr int arguments_max = 8000;

// What scripts see of the libraries, without the rest: no global can be made or changed.
constexpr std::string_view closed = R"(
setmetatable(_G, {__newindex = function(_, name) error('global ' .. tostring(name)) end})
)";

void push(lua_State* state, std::string_view text)
{
    lua_pushlstring(state, text.data(), text.size());
}

void set_field(lua_State* state, const char* name, std::string_view text)
{
    push(state, text);
    lua_setfield(state, -2, name);
}

void push_list(lua_State* state, Words words)
{
    lua_createtable(state, static_cast<int>(words.size()), 0);
    for (std::size_t i = 0; i < words.size(); ++i) {
        push(state, words[i]);
        lua_rawseti(state, -2, static_cast<int>(i + 1));
    }
}

void push_reply(lua_State* state, const Reply& reply)
{
    switch (reply.kind) {
    case Reply::Kind::nil: lua_pushboolean(state, 0); return;
    case Reply::Kind::integer: lua_pushnumber(state, static_cast<double>(reply.integer)); return;
    case Reply::Kind::bulk: push(state, reply.text); return;
    case Reply::Kind::status:
    case Reply::Kind::error:
        lua_createtable(state, 0, 1);
        set_field(state, reply.kind == Reply::Kind::status ? "ok" : "err", reply.text);
        return;
    case Reply::Kind::array:
        lua_createtable(state, static_cast<int>(reply.items.size()), 0);
        for (std::size_t i = 0; i < reply.items.size(); ++i) {
            push_reply(state, reply.items[i]);
            lua_rawseti(state, -2, static_cast<int>(i + 1));
        }
    }
}

std::string_view text_at(lua_State* state, int index)
{
    std::size_t length = 0;
    const char* text = lua_tolstring(state, index, &length);
    return {text, length};
}

Reply reply_at(lua_State* state, int index);

Reply table_at(lua_State* state, int index)
{
    for (const auto& [name, kind] :
         {std::pair{"ok", Reply::Kind::status}, std::pair{"err", Reply::Kind::error}}) {
        lua_getfield(state, index, name);
        if (lua_type(state, -1) == LUA_TSTRING) {
            Reply reply{kind, 0, std::string(text_at(state, -1)), {}};
            lua_pop(state, 1);
            return reply;
        }
        lua_pop(state, 1);
    }
    Reply all = Reply::array();
    for (int i = 1;; ++i) {
        lua_rawgeti(state, index, i);
        const bool end = lua_isnil(state, -1);
        if (!end) {
            all.items.push_back(reply_at(state, lua_gettop(state)));
        }
        lua_pop(state, 1);
        if (end) {
            return all;
        }
    }
}

Reply reply_at(lua_State* state, int index)
{
    switch (lua_type(state, index)) {
    case LUA_TSTRING: return Reply::bulk(text_at(state, index));
    case LUA_TNUMBER: return Reply::number(static_cast<std::int64_t>(lua_tonumber(state, index)));
    case LUA_TBOOLEAN: return lua_toboolean(state, index) != 0 ? Reply::number(1) : Reply{};
    case LUA_TTABLE: return table_at(state, index);
    default: return {};
    }
}

// A number as a command's argument: Redis writes whole ones without a point.
std::string_view number_text(double number, std::array<char, 40>& room)
{
    const bool whole = std::floor(number) == number && std::fabs(number) < 1e17;
    const int size =
        whole ? std::snprintf(room.data(), room.size(), "%lld", static_cast<long long>(number))
              : std::snprintf(room.data(), room.size(), "%.17g", number);
    return {room.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Lua::Lua() : state_(luaL_newstate())
{
    luaL_openlibs(state_);
    lua_createtable(state_, 0, 2);
    for (const char* name : {"call", "pcall"}) {  // nobody makes a name of another kind here
        lua_pushlightuserdata(state_, this);
        lua_pushcclosure(state_, &Lua::call, 1);
        lua_setfield(state_, -2, name);
    }
    lua_setfield(state_, LUA_GLOBALSINDEX, "redis");
    if (luaL_dostring(state_, std::string(closed).c_str()) != 0) {
        throw std::runtime_error(lua_tostring(state_, -1));
    }
}

Lua::~Lua()
{
    lua_close(state_);
}

void Lua::load(const std::string& name, std::string_view text)
{
    if (luaL_loadbuffer(state_, text.data(), text.size(), name.c_str()) != 0) {
        throw std::runtime_error(name + ": " + lua_tostring(state_, -1));
    }
    const int reference = luaL_ref(state_, LUA_REGISTRYINDEX);
    if (const auto former = scripts_.find(name); former != scripts_.end()) {
        luaL_unref(state_, LUA_REGISTRYINDEX, former->second);
    }
    scripts_[name] = reference;
}

Reply Lua::run(const std::string& name, Words keys, Words arguments, Database& database)
{
    database_ = &database;
    push(state_, "KEYS");
    push_list(state_, keys);
    lua_rawset(state_, LUA_GLOBALSINDEX);
    push(state_, "ARGV");
    push_list(state_, arguments);
    lua_rawset(state_, LUA_GLOBALSINDEX);
    lua_rawgeti(state_, LUA_REGISTRYINDEX, scripts_.at(name));
    const bool failed = lua_pcall(state_, 0, 1, 0) != 0;
    Reply reply = failed ? Reply::error("ERR " + std::string(text_at(state_, -1)))
                         : reply_at(state_, lua_gettop(state_));
    lua_settop(state_, 0);
    return reply;
}

int Lua::call(lua_State* state)
{
    auto* self = static_cast<Lua*>(lua_touserdata(state, lua_upvalueindex(1)));
    const int count = lua_gettop(state);
    std::array<std::string_view, 64> few;
    std::vector<std::string_view> many;
    std::array<std::array<char, 40>, 8> numbers;
    std::size_t used = 0;
    if (count > static_cast<int>(few.size())) {
        many.resize(static_cast<std::size_t>(std::min(count, arguments_max)));
    }
    const std::span<std::string_view> words =
        many.empty() ? std::span(few).first(static_cast<std::size_t>(count)) : std::span(many);
    for (int i = 1; i <= count; ++i) {
        if (lua_type(state, i) == LUA_TNUMBER && used < numbers.size()) {
            words[static_cast<std::size_t>(i - 1)] =
                number_text(lua_tonumber(state, i), numbers[used++]);
        } else {
            words[static_cast<std::size_t>(i - 1)] = text_at(state, i);
        }
    }
    push_reply(state, self->database_->call(words));
    if (lua_istable(state, -1)) {
        lua_getfield(state, -1, "err");
        if (lua_isstring(state, -1)) {
            many.clear();
            many.shrink_to_fit();  // lua_error() returns to nobody
            return lua_error(state);
        }
        lua_pop(state, 1);
    }
    return 1;
}

}  // namespace mmx::simulation

#include "store/detail.hpp"

namespace mmx::admin {

Json without_before(Json detail)
{
    for (Json& member : detail) {
        member.erase("from");
    }
    return detail;
}

Json ids_json(std::span<const KeyId> ids)
{
    Json list = Json::array();
    for (const KeyId& id : ids) {
        list.push_back(id.view());
    }
    return list;
}

}  // namespace mmx::admin

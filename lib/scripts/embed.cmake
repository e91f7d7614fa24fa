# Writes OUT: a C++ string `mmx::scripts::<name>` for each file of SCRIPTS (a ;-list of *.lua).
set(text "// Made by embed.cmake from lib/scripts/*.lua.\n#include \"lib/scripts/scripts.hpp\"\n\nnamespace mmx::scripts {\n")
foreach(script IN LISTS SCRIPTS)
    get_filename_component(name ${script} NAME_WE)
    file(READ ${script} body)
    string(APPEND text "const std::string_view ${name} = R\"lua(${body})lua\";\n")
endforeach()
string(APPEND text "}  // namespace mmx::scripts\n")
file(WRITE ${OUT} "${text}")

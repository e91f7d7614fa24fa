# Writes what the programs are made of as SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/): the
# libraries they are linked with, the headers compiled into them and the npm packages in the
# console, each with its version and its package URL.
#
#   cmake -DBUILD=build -DOUT=build/mmx-gate.spdx.json -P conf/sbom.cmake
cmake_minimum_required(VERSION 3.20)
set(root ${CMAKE_CURRENT_LIST_DIR}/..)
# Header-only: nothing of them is seen in a program, by the package that has them.
set(headers nlohmann-json3-dev libcli11-dev)

set(packages "")
set(relations "")
set(known "")

function(fail_unless condition message)
    if(NOT ${condition})
        message(FATAL_ERROR "sbom: ${message}")
    endif()
endfunction()

function(id_of variable text)
    string(REGEX REPLACE "[^A-Za-z0-9.]+" "-" text "${text}")
    set(${variable} "SPDXRef-${text}" PARENT_SCOPE)
endfunction()

macro(add_relation from type to)
    list(APPEND relations "{\"spdxElementId\": \"${from}\", \"relationshipType\": \"${type}\", \
\"relatedSpdxElement\": \"${to}\"}")
endmacro()

# license: as its own people say; checksum: SHA-256, empty for what is not delivered with us.
macro(add_package id name version license purl checksum)
    if(NOT "${id}" IN_LIST known)
        list(APPEND known "${id}")
        set(more "")
        if(NOT "${purl}" STREQUAL "")
            string(APPEND more ", \"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", \
\"referenceType\": \"purl\", \"referenceLocator\": \"${purl}\"}]")
        endif()
        if(NOT "${checksum}" STREQUAL "")
            string(APPEND more ", \"checksums\": [{\"algorithm\": \"SHA256\", \
\"checksumValue\": \"${checksum}\"}]")
        endif()
        list(APPEND packages "{\"SPDXID\": \"${id}\", \"name\": \"${name}\", \
\"versionInfo\": \"${version}\", \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \
\"licenseConcluded\": \"NOASSERTION\", \"licenseDeclared\": \"${license}\", \
\"copyrightText\": \"NOASSERTION\"${more}}")
    endif()
endmacro()

# A package of Debian that is installed here; its id is in ${id} afterwards, empty if it is not.
macro(add_debian package)
    set(id "")
    execute_process(COMMAND dpkg-query -W -f=\${Version}\ \${Architecture} ${package}
                    OUTPUT_VARIABLE told ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
        string(REPLACE " " ";" told "${told}")
        list(GET told 0 version)
        list(GET told 1 architecture)
        string(REPLACE "+" "%2B" escaped "${version}")
        string(REPLACE ":" "%3A" escaped "${escaped}")
        string(REPLACE "+" "%2B" name "${package}")
        id_of(id "deb-${package}")
        add_package("${id}" "${package}" "${version}" NOASSERTION
                    "pkg:deb/debian/${name}@${escaped}?arch=${architecture}" "")
    endif()
endmacro()

# The package that has a shared library; where nobody knows, the library stands for itself.
macro(add_library_of program soname path)
    if(NOT DEFINED "owner_of_${soname}")
        get_filename_component(real "${path}" REALPATH)
        execute_process(COMMAND dpkg-query -S "${path}" "${real}" OUTPUT_VARIABLE told ERROR_QUIET)
        string(REGEX REPLACE "[:,].*" "" "owner_of_${soname}" "${told}")
    endif()
    set(owner "${owner_of_${soname}}")
    set(id "")
    if(NOT owner STREQUAL "")
        add_debian("${owner}")
    endif()
    if(id STREQUAL "")
        id_of(id "library-${soname}")
        add_package("${id}" "${soname}" NOASSERTION NOASSERTION "" "")
    endif()
    add_relation("${program}" DYNAMIC_LINK "${id}")
endmacro()

macro(add_program file)
    file(SHA256 "${BUILD}/${file}" sum)
    id_of(program "${file}")
    add_package("${program}" "${file}" "${version_of_ours}" Apache-2.0 "" "${sum}")
    add_relation(SPDXRef-DOCUMENT DESCRIBES "${program}")
    execute_process(COMMAND ldd "${BUILD}/${file}" OUTPUT_VARIABLE loaded RESULT_VARIABLE failed)
    execute_process(COMMAND readelf -d "${BUILD}/${file}" OUTPUT_VARIABLE dynamic)
    string(REGEX MATCHALL "NEEDED[^\n]*" needed "${dynamic}")
    foreach(line IN LISTS needed)
        string(REGEX REPLACE ".*: *.(.*).$" "\\1" soname "${line}")
        string(REPLACE "." "\\." escaped_soname "${soname}")
        string(REPLACE "+" "\\+" escaped_soname "${escaped_soname}")
        if("${loaded}" MATCHES "[ \t/]${escaped_soname} => ([^ \n]+)" OR
           "${loaded}" MATCHES "[ \t](/[^ \n]*/${escaped_soname}) ")
            add_library_of("${program}" "${soname}" "${CMAKE_MATCH_1}")
        else()
            add_library_of("${program}" "${soname}" "/nowhere/${soname}")
        endif()
    endforeach()
endmacro()

# What the console is built from: all of its lock file but what only its developers use and what is
# for other machines.
macro(add_npm program)
    file(READ ${root}/admind/console/package-lock.json lock)
    string(JSON all GET "${lock}" packages)
    string(JSON count LENGTH "${all}")
    math(EXPR last "${count} - 1")
    foreach(number RANGE ${last})
        string(JSON place MEMBER "${all}" ${number})
        string(JSON package GET "${all}" "${place}")
        string(JSON dev ERROR_VARIABLE none GET "${package}" dev)
        string(JSON optional ERROR_VARIABLE none GET "${package}" optional)
        if(NOT place STREQUAL "" AND NOT dev AND NOT optional)
            string(REGEX REPLACE ".*node_modules/" "" name "${place}")
            string(JSON version GET "${package}" version)
            string(JSON license ERROR_VARIABLE none GET "${package}" license)
            if(NOT license MATCHES "^[A-Za-z0-9.-]+$")
                set(license NOASSERTION)
            endif()
            string(REPLACE "@" "%40" escaped "${name}")
            id_of(id "npm-${name}-${version}")
            add_package("${id}" "${name}" "${version}" "${license}"
                        "pkg:npm/${escaped}@${version}" "")
            add_relation("${program}" DEPENDS_ON "${id}")
        endif()
    endforeach()
endmacro()

fail_unless(BUILD "name the build folder: -DBUILD=")
fail_unless(OUT "name the file to write: -DOUT=")
get_filename_component(BUILD "${BUILD}" ABSOLUTE)
file(STRINGS ${root}/admind/base/version.hpp version_line REGEX "string_view version =")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" version_of_ours "${version_line}")

set(sums "")
foreach(file ngx_http_mmx_module.so mmx-admind)
    if(EXISTS "${BUILD}/${file}")
        add_program(${file})
        string(APPEND sums "${sum}")
        if(file STREQUAL mmx-admind)
            foreach(package IN LISTS headers)
                add_debian(${package})
                if(NOT id STREQUAL "")
                    add_relation("${program}" STATIC_LINK "${id}")
                endif()
            endforeach()
            if(EXISTS "${BUILD}/console/dist")
                add_npm("${program}")
            endif()
        endif()
    endif()
endforeach()
fail_unless(packages "nothing is built in ${BUILD}")

string(SHA256 name_of_all "${sums}${packages}")
string(TIMESTAMP now "%Y-%m-%dT%H:%M:%SZ" UTC)  # of SOURCE_DATE_EPOCH where that is set
list(JOIN packages ",\n    " packages)
list(JOIN relations ",\n    " relations)
file(WRITE "${OUT}" "{
  \"spdxVersion\": \"SPDX-2.3\",
  \"dataLicense\": \"CC0-1.0\",
  \"SPDXID\": \"SPDXRef-DOCUMENT\",
  \"name\": \"mmx-gate-${version_of_ours}\",
  \"documentNamespace\": \"https://spdx.org/spdxdocs/mmx-gate-${version_of_ours}-${name_of_all}\",
  \"creationInfo\": {\"created\": \"${now}\", \"creators\": [\"Tool: mmx-gate-sbom.cmake\"]},
  \"packages\": [
    ${packages}
  ],
  \"relationships\": [
    ${relations}
  ]
}
")

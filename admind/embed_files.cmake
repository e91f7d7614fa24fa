# Writes OUT, an assembler file that holds every file below FOLDER, and a table of them:
# mmx_assets, entries of four 8-byte words (address and length of the path, of the bytes), and
# mmx_assets_count. Without FOLDER the table is empty. And the bytes of the file PASSWORDS:
# mmx_common_passwords and mmx_common_passwords_size; without it there are none.
set(table "")
set(texts "")
set(count 0)
if(FOLDER)
    file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*)
    foreach(file IN LISTS files)
        string(LENGTH "${file}" length)
        file(SIZE ${FOLDER}/${file} size)
        string(APPEND texts
               "path_${count}: .ascii \"${file}\"\n"
               "bytes_${count}: .incbin \"${FOLDER}/${file}\"\n")
        string(APPEND table "    .quad path_${count}, ${length}, bytes_${count}, ${size}\n")
        math(EXPR count "${count} + 1")
    endforeach()
endif()
set(passwords "")
set(passwords_size 0)
if(PASSWORDS)
    set(passwords ".incbin \"${PASSWORDS}\"")
    file(SIZE ${PASSWORDS} passwords_size)
endif()
file(WRITE ${OUT} "# Made by embed_files.cmake.
    .section .rodata
${texts}
    .globl mmx_common_passwords, mmx_common_passwords_size
    .hidden mmx_common_passwords, mmx_common_passwords_size
mmx_common_passwords: ${passwords}
    .balign 8
mmx_common_passwords_size: .quad ${passwords_size}
    .section .data.rel.ro, \"aw\"
    .balign 8
    .globl mmx_assets, mmx_assets_count
    .hidden mmx_assets, mmx_assets_count
mmx_assets:
${table}
mmx_assets_count: .quad ${count}
    .section .note.GNU-stack, \"\", %progbits
")

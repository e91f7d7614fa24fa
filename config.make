# shellcheck shell=sh disable=SC2154
# The rules for the module in nginx' own Makefile. CMake has a folder of its own below nginx' for
# what is built on the way; only the module comes to stand where nginx' other modules do.
mmx_source=$(cd "$ngx_addon_dir" && pwd)
mmx_objs=$(cd "$NGX_OBJS" && pwd)
mmx_module=ngx_http_mmx_module
case $NGX_MODULES_PATH in
/*) mmx_modules=$NGX_MODULES_PATH ;;
*) mmx_modules=$NGX_PREFIX/$NGX_MODULES_PATH ;;
esac

# MMX_CMAKE_OPTS: a packager's own, as words.
# shellcheck disable=SC2086
cmake -S "$mmx_source" -B "$mmx_objs/mmx" -G "Unix Makefiles" \
    -D NGINX_DIR="$PWD" -D NGINX_OBJS="$mmx_objs" -D MMX_DAEMON=OFF -D MMX_CONSOLE=OFF \
    -D CMAKE_LIBRARY_OUTPUT_DIRECTORY="$mmx_objs" \
    -D CMAKE_C_FLAGS="$NGX_CC_OPT" -D CMAKE_CXX_FLAGS="$NGX_CC_OPT" \
    -D CMAKE_MODULE_LINKER_FLAGS="$NGX_LD_OPT" $MMX_CMAKE_OPTS || exit 1

cat <<END >>"$NGX_MAKEFILE"

modules:	$mmx_module

$mmx_module:
	\$(MAKE) -C "$mmx_objs/mmx" $mmx_module

install:	install_$mmx_module

install_$mmx_module:	$mmx_module
	install -D -m 0755 "$mmx_objs/$mmx_module.so" "\$(DESTDIR)$mmx_modules/$mmx_module.so"

.PHONY:	$mmx_module install_$mmx_module

END

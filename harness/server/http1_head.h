/*
 * http1_head: the lines of a request's head, RFC 9112, 3 and 5. Only http1_parser.c and http1_framing.c
 * include this.
 *
 * A line is a part of the request's text, without its end, and without NUL or CR in it. The readers set the
 * parts of the request, and return 0 or the status that refuses it.
 */
#ifndef HARNESS_HTTP1_HEAD_H
#define HARNESS_HTTP1_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

/* "GET /path HTTP/1.1" */
int http1_read_request_line(struct request *request, struct request_part line);

/* "Name: value", with blanks around the value: adds a field. */
int http1_read_field(struct request *request, struct request_part line);

/* The size of the field's name, which a colon ends; 0: the line is no field. */
size_t http1_name_size(struct span line);

/* Consists of what hosts and ports do: RFC 3986, 3.2; it may be empty. A user's name is an error here (RFC
 * 9110, 4.2.4). */
bool http1_is_authority(struct span text);

/* Without the blanks around it. */
struct span http1_trim(struct span text);

#endif

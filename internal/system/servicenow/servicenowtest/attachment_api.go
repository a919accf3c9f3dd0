// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

// The Attachment API. SND: api-reference/rest-apis/c_AttachmentAPI.md.

// uploadFile serves POST /attachment/file: the body is the file.
func (c *call) uploadFile() answer {
	q := c.r.URL.Query()
	return c.attach(q.Get("table_name"), q.Get("table_sys_id"), q.Get("file_name"), c.r.Header.Get("Content-Type"), c.body)
}

// uploadForm serves POST /attachment/upload: the file is the last part of a form.
func (c *call) uploadForm() answer {
	_, parameters, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		return failure(http.StatusBadRequest, "Invalid request", "The request is not multipart/form-data")
	}
	fields := make(map[string]string)
	reader := multipart.NewReader(bytes.NewReader(c.body), parameters["boundary"])
	for {
		part, err := reader.NextPart()
		if err != nil {
			return failure(http.StatusBadRequest, "Invalid request", "No file was found in the request")
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return failure(http.StatusBadRequest, "Invalid request", "The request is not complete")
		}
		if part.FileName() != "" {
			return c.attach(fields["table_name"], fields["table_sys_id"], part.FileName(), part.Header.Get("Content-Type"), content)
		}
		fields[part.FormName()] = string(content)
	}
}

func (c *call) attach(tableName, id, name, contentType string, content []byte) answer {
	t := c.in.store.dictionary.tables[tableName]
	limit, _ := strconv.Atoi(c.in.property("com.glide.attachment.max_size"))
	switch {
	case t == nil:
		return invalidTable(tableName)
	case name == "":
		return failure(http.StatusBadRequest, "Invalid request", "file_name is required")
	case len(content) > limit<<20:
		return failure(http.StatusRequestEntityTooLarge, "File size exceeds the maximum", "")
	case contentType == "":
		return failure(http.StatusUnsupportedMediaType, "Unsupported media type", "Content-Type is required")
	}
	owner := c.in.store.find(tableName, id)
	if owner == nil || c.concealed(owner) {
		return notFound()
	}
	sum := sha256.Sum256(content)
	r := c.in.store.insert("sys_attachment", map[string]string{
		"table_name": tableName, "table_sys_id": id, "file_name": name, "content_type": contentType,
		"size_bytes": strconv.Itoa(len(content)), "size_compressed": strconv.Itoa(len(content)), "hash": hex.EncodeToString(sum[:]),
	})
	c.in.contents[r.id()] = content
	a := result(http.StatusCreated, c.showAttachment(r))
	a.header.Set("Location", c.base()+"/api/now/attachment/"+r.id())
	return a
}

func (c *call) showAttachment(r *row) map[string]any {
	shown := c.record(r, rendering{base: c.base(), excludeLinks: true})
	shown["download_link"] = c.base() + "/api/now/attachment/" + r.id() + "/file"
	return shown
}

func (c *call) listAttachments() answer {
	values := c.r.URL.Query()
	found := c.in.selected("sys_attachment", values.Get("sysparm_query"))
	page, _, _ := cutPage(found, values)
	list := make([]map[string]any, 0, len(page))
	for _, r := range page {
		if c.attachmentShown(r) {
			list = append(list, c.showAttachment(r))
		}
	}
	a := result(http.StatusOK, list)
	a.header.Set("X-Total-Count", strconv.Itoa(len(found)))
	return a
}

// attachmentShown tells whether the user may see an attachment: who sees the record sees what is attached to it.
func (c *call) attachmentShown(r *row) bool {
	owner := c.in.store.byID[r.get("table_sys_id")]
	return !c.concealed(r) && (owner == nil || !c.concealed(owner))
}

// attachment is the one that the path names.
func (c *call) attachment() *row {
	if r := c.in.store.find("sys_attachment", c.r.PathValue("id")); r != nil && c.attachmentShown(r) {
		return r
	}
	return nil
}

func (c *call) getAttachment() answer {
	r := c.attachment()
	if r == nil {
		return notFound()
	}
	return result(http.StatusOK, c.showAttachment(r))
}

func (c *call) downloadFile() answer {
	r := c.attachment()
	if r == nil {
		return notFound()
	}
	contentType := strings.TrimSpace(r.get("content_type"))
	a := answer{status: http.StatusOK, header: make(http.Header), contentType: contentType, body: c.in.contents[r.id()]}
	a.header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": r.get("file_name")}))
	return a
}

func (c *call) deleteAttachment() answer {
	r := c.attachment()
	if r == nil {
		return notFound()
	}
	if err := c.in.remove(r); err != nil {
		return refused(err)
	}
	return noContent()
}

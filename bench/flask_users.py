# SPDX-License-Identifier: MIT
#
# The users application in Flask and Flask-SQLAlchemy, for the comparison of `make bench FLASK=1`.
import os

from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///" + os.path.abspath("users.db")
db = SQLAlchemy(app)


class User(db.Model):
    __tablename__ = "users"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(50), nullable=False)
    email = db.Column(db.String(120), nullable=False, unique=True)

    def as_dict(self):
        return {"id": self.id, "name": self.name, "email": self.email}


@app.get("/plaintext")
def plaintext():
    return "Hello, World!\n", {"Content-Type": "text/plain; charset=utf-8"}


@app.get("/users")
def list_users():
    return jsonify([user.as_dict() for user in User.query.order_by(User.id)])


@app.get("/users/<int:id>")
def show_user(id):
    return jsonify(db.get_or_404(User, id).as_dict())


@app.post("/users")
def create_user():
    body = request.get_json()
    user = User(name=body["name"], email=body["email"])
    db.session.add(user)
    db.session.commit()
    return jsonify(user.as_dict()), 201
